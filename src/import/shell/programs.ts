/** Programs that a script runs, and that say nothing to the network that later lines speak of. */
import { basename } from 'node:path';

import type { Command } from './commands.ts';

/** They change files, filters, queues and users: no interface, address or route. */
const ASIDE = new Set(
  `: a2dismod a2dissite a2enconf a2enmod a2ensite adduser arptables cat chgrp chmod chown chpasswd conntrack cp curl date ebtables echo ethtool
  false groupadd hostname htpasswd ip6tables ip6tables-legacy ip6tables-restore ipset iptables iptables-legacy iptables-nft iptables-restore
  ln ls mkdir mktemp mv nft openssl ping ping6 printf pwd rm rmdir sed seq sleep ssh-keygen tar tc tee timeout touch true unzip useradd usermod
  vtysh wait wget`.split(/\s+/),
);

/** Whether what follows a command may stand in the topology although the command is run. */
export function isAside({ words, writes }: Command): boolean {
  return ASIDE.has(basename(words[0] ?? '')) && writes?.startsWith('/proc/') !== true;
}

/** A line that sets variables, or how the shell goes on, and nothing else: `set -e`, `export A=b`, `NET="${NET:-10.0.0.0/24}"`. */
export function isShellOnly(text: string): boolean {
  if (/^set(?:\s+[-+](?:[aefuxv]+|o\s+\w+|[aefuxv]+o\s+\w+))+$/.test(text)) return true;
  // What a substitution runs is looked at by its program.
  const bare = text.replaceAll(
    /\$\((?:hostname|cat|date|echo|id|uname|whoami|seq|basename|dirname)\b[^()`;&|]*\)|`hostname`/g,
    'x',
  );
  return (
    /^(?:(?:export|readonly|declare|umask|cd)\s+)?(?:[A-Za-z_]\w*=(?:"[^"`]*"|'[^']*'|[^\s"'`;&|<>()]*)\s*)+$/.test(
      bare,
    ) && !bare.includes('$(')
  );
}

/** Whether a script says what only bash understands. */
export function needsBash(text: string): boolean {
  return /\[\[|<<<|\(\(|&>|<\(|\bfunction\s+\w|\w+\+?=\(|\$'|\{\d+\.\.\d+\}|\bsource\s|\becho\s+-\w*e|\bpushd\b|\bselect\s/.test(
    text,
  );
}
