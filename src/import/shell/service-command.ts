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
    case 'radvd':
    case 'sshd':
    case 'named':
      // By themselves, with the configuration that the service has.
      return rest.length === 0 ? [basename(program)] : undefined;
    default:
      return undefined;
  }
}

/** What is asked about a service, or its end, before it was started. */
function nothing(verb: string): string[] | undefined {
  return verb === 'status' || verb === 'stop' ? [] : undefined;
}

function serviceName(word: string): string {
  return basename(word).replace(/\.service$/, '');
}
