/** Programs that a script runs, and that say nothing to the network that later lines speak of. */
import { basename } from 'node:path';

import type { Command } from './commands.ts';
import { withoutQuotes } from './units.ts';

/** They change files, filters, queues, packages and users, or only look: no interface, address or route. */
const ASIDE = new Set(
  `: [ [[ a2dismod a2dissite a2enconf a2enmod a2ensite add-apt-repository adduser apk apt apt-get arptables awk basename cat chgrp chmod chown chpasswd
  conntrack cp curl cut date declare diff dig dirname dnf dpkg ebtables echo ethtool export false getent grep groupadd gunzip gzip head host hostname htpasswd
  hostnamectl id ip6tables ip6tables-legacy ip6tables-restore ipset iptables iptables-legacy iptables-nft iptables-restore kill killall ldconfig ln local ls
  mkdir mkfifo mknod mktemp mv named-checkconf named-checkzone netstat nft nslookup openssl p4c passwd pgrep pidof ping ping6 pip pip3 pkill printf ps
  pwd readonly resolvconf rm rmdir sed seq sleep sort ss ssh-keygen tail tar tc tee test timeout touch tr true uname uniq unzip update-alternatives useradd
  usermod vtysh wait wc wget which whoami yum`.split(/\s+/),
);

/** Whether what follows a command may stand in the topology although the command is run. */
export function isAside({ words, writes }: Command): boolean {
  return ASIDE.has(basename(words[0] ?? '')) && writes?.startsWith('/proc/') !== true;
}

/** Whether it only brings programs along, whose names say nothing of what the script does with them. */
export function isInstall({ words: [program = ''] }: Command): boolean {
  return /^(?:apk|apt|apt-get|dnf|dpkg|pip3?|yum)$/.test(basename(program));
}

/** What may stand before a command: words of the shell's own. */
const BEFORE = /^(?:(?:if|then|else|elif|while|until|do|!|\{)\s+)+/;
const ALONE = /^(?:then|else|fi|do|done|\{|\}|for\s+\w+(?:\s+in\s.*)?|[A-Za-z_]\w*=\S*)?$/;

/** Whether all that a piece of a script runs is of that kind: conditions, loops and pipes of such programs. */
export function isAsideText(text: string): boolean {
  const told = withoutDocuments(text);
  if (/\/(?:proc|sys)\//.test(told) || isSubstituting(told)) return false;
  const bare = withoutQuotes(told)?.replaceAll(/\d?>&\d|&?\d?>>?\s*\S+|<{1,3}\s*\S+/g, ' ');
  return (bare ?? '(').split(/[;&|\n]+/).every((part) => {
    const own = part.trim().replace(BEFORE, '');
    return ALONE.test(own) || (!own.includes('(') && ASIDE.has(basename(/^\S+/.exec(own)?.[0] ?? '')));
  });
}

/** Without the lines of here-documents. */
function withoutDocuments(text: string): string {
  return text.replaceAll(/<<-?\s*(["']?)([\w.-]+)\1([^\n]*)\n(?:[\s\S]*?\n)?\s*\2[ \t]*(?=\n|$)/g, '< document $3');
}

/** Whether it runs something inside of words that is not known to only look. */
function isSubstituting(text: string): boolean {
  return /\$\((?!\()|`/.test(text.replaceAll(SUBSTITUTION, 'x'));
}

/** What a substitution runs is looked at by its program. */
const SUBSTITUTION = /\$\((?:hostname|cat|date|echo|id|uname|whoami|seq|basename|dirname)\b[^()`;&|]*\)|`hostname`/g;

/** A line that sets variables, or how the shell goes on, and nothing else: `set -e`, `export A=b`, `NET="${NET:-10.0.0.0/24}"`. */
export function isShellOnly(text: string): boolean {
  return text.split(';').every((part) => isSetting(part.trim()));
}

function isSetting(text: string): boolean {
  // What a slip of the pen makes of `ip link set dev eth0 up`: words of the shell's own.
  if (/^set(?:\s+[\w./:]+)+$/.test(text)) return true;
  if (/^set(?:\s+[-+](?:[aefuxv]+|o\s+\w+|[aefuxv]+o\s+\w+))+$/.test(text)) return true;
  const bare = text.replaceAll(SUBSTITUTION, 'x');
  return (
    /^(?:(?:export|readonly|declare|umask|cd)\s+)?(?:[A-Za-z_]\w*=(?:"[^"`]*"|'[^']*'|[^\s"'`;&|<>()]*)\s*)+$/.test(
      bare,
    ) && !bare.includes('$(')
  );
}

/** Whether a script may run for as long as its node: it serves, waits, or fetches from afar. */
export function mayLast(text: string): boolean {
  return LASTING.test(text) || /\bping6?\s(?!.*\s-c)/.test(text);
}

const LASTING =
  /\bwhile\s+(?:true|:|1|\[\s+1\s+\])|\b(?:apt-get|apt|apk|pip3?)\s+(?:-\S+\s+)*(?:install|add|update)|\bnc\s.*-\w*l|\btail\s.*-\w*[fF]\b|\bsleep\s+(?:infinity|\d{2,}|\d+[mh])|\b(?:python\d?|node|ruby|perl|php|java)\s+\S|\b(?:socat|tshark|tcpdump|dumpcap|watch)\s|\biperf3?\s.*-s\b/;

/** Whether a script says what only bash understands. */
export function needsBash(text: string): boolean {
  return /\[\[|<<<|\(\(|&>|<\(|\bfunction\s+\w|\w+\+?=\(|\$'|\{\d+\.\.\d+\}|\bsource\s|\becho\s+-\w*e|\bpushd\b|\bselect\s/.test(
    text,
  );
}
