/** Commands that start a service: `systemctl start frr`, `/etc/init.d/frr start`, `service frr start`, or the daemon itself. */
import { basename } from 'node:path';

const STARTS = new Set(['start', 'restart', 'reload', 'force-reload', 'try-restart', 'reload-or-restart']);

/** The services that a command starts; none where it says something about them that means nothing here; undefined for another command. */
export function servicesOf(words: readonly string[]): string[] | undefined {
  const [program = '', ...rest] = words;
  const [first = '', second = ''] = rest;
  if (/^\/etc\/(?:init|rc)\.d\/[\w.@-]+$/.test(program))
    return STARTS.has(first) ? [serviceName(program)] : nothing(first);
  switch (basename(program)) {
    case 'systemctl': {
      const said = rest.filter((word) => !word.startsWith('-'));
      const [verb = '', ...names] = said;
      if (STARTS.has(verb) || (verb === 'enable' && rest.includes('--now'))) return names.map(serviceName);
      return /^(?:enable|daemon-reload|unmask|status|is-active)$/.test(verb) ? [] : undefined;
    }
    case 'service':
    case 'invoke-rc.d':
    case 'rc-service':
      return STARTS.has(second) ? [serviceName(first)] : nothing(second);
    case 'update-rc.d':
      return [];
    case 'apache2ctl':
    case 'apachectl':
      return first === 'start' || first === 'restart' ? ['apache2'] : undefined;
    case 'frrinit.sh':
    case 'watchfrr.sh':
      return STARTS.has(first) ? ['frr'] : nothing(first);
    default:
      return daemonOf(basename(program), rest);
  }
}

/** Daemons that are called by themselves, and the words that say what their services have anyhow. */
const DAEMONS: Readonly<Record<string, readonly string[]>> = {
  bird: ['-c /etc/bird/bird.conf'],
  dnsmasq: ['-C /etc/dnsmasq.conf', '--conf-file=/etc/dnsmasq.conf'],
  haproxy: ['-f /etc/haproxy/haproxy.cfg', '-D'],
  keepalived: ['-f /etc/keepalived/keepalived.conf'],
  named: ['-c /etc/bind/named.conf', '-u bind', '-u root', '-4'],
  nginx: ['-c /etc/nginx/nginx.conf'],
  radvd: ['-C /etc/radvd.conf'],
  sshd: ['-D'],
};

function daemonOf(program: string, rest: readonly string[]): string[] | undefined {
  if (!Object.hasOwn(DAEMONS, program)) return undefined;
  const said = DAEMONS[program]!.reduce((text, usual) => text.replace(` ${usual} `, ' '), ` ${rest.join(' ')} `);
  return said.trim() === '' && !(program === 'haproxy' && rest.length === 0) ? [program] : undefined;
}

/** What is asked about a service, or its end, before it was started. */
function nothing(verb: string): string[] | undefined {
  return verb === 'status' || verb === 'stop' ? [] : undefined;
}

function serviceName(word: string): string {
  return basename(word).replace(/\.service$/, '');
}
