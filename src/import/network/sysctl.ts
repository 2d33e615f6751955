/** `sysctl -w KEY=VALUE`, and what is written to /proc/sys. */
import type { Origin } from '../draft.ts';
import type { Network, Outcome } from './network.ts';

/** `words` stand behind `sysctl`. */
export function sysctl(network: Network, words: readonly string[], origin: Origin): Outcome {
  const own = words.filter((word) => !/^-(?:w|q|e|n)+$/.test(word) && word !== '--write');
  if (own.some((word) => word.startsWith('-'))) return 'aside';
  // `sysctl -w key = value` is a mistake that it tells itself.
  const settings = own.map((word) => /^([^=\s]+)=(.*)$/s.exec(word));
  if (settings.includes(null)) return words.some((word) => /w/.test(word) && word.startsWith('-')) ? 'aside' : 'done';
  const outcomes = settings.map((setting) => set(network, keyOf(setting![1]!), setting![2]!.trim(), origin));
  return outcomes.includes('aside') ? 'aside' : 'done';
}

/** `echo VALUE > /proc/sys/net/…`; `words` stand behind `echo`. */
export function writeProc(network: Network, words: readonly string[], path: string, origin: Origin): Outcome {
  const steps = path.replace('/proc/sys/', '').split('/');
  const value = words.filter((word) => word !== '-n' && word !== '-e').join(' ');
  // Dots of an interface's name are slashes in a key.
  return set(network, steps.map((step) => step.replaceAll('.', '/')).join('.'), value, origin);
}

/** `net/ipv4/ip_forward` is net.ipv4.ip_forward. */
function keyOf(word: string): string {
  if (!word.includes('/') || (word.indexOf('.') < word.indexOf('/') && word.includes('.'))) return word;
  return word.replace(/[./]/g, (sign) => (sign === '.' ? '/' : '.'));
}

function set(network: Network, key: string, value: string, origin: Origin): Outcome {
  // Those of modules (mpls, netfilter, bridge) this machine may not have: a command that fails there is no failure of the node.
  return /^net\.(?:ipv4|ipv6|core)\./.test(key) && value !== '' ? network.setSysctl(key, value, origin) : 'aside';
}
