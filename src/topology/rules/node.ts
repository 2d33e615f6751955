/** Hostname and settings of a node. */
import { entries, own } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { FORWARDING, forwardingOf } from '../expand/node.ts';
import type { Problems } from '../problems.ts';
import { sysctlValue } from '../values.ts';
import { quoted } from '../words.ts';
import { unsure } from './devices.ts';
import { checkIsolation } from './isolation.ts';
import { checkHostname } from './names.ts';

/** Judges what a node says of itself. */
export function checkNode(node: DraftNode, problems: Problems): void {
  const { hostname } = node.document;
  if (hostname !== undefined) checkHostname(hostname, [...node.at, 'hostname'], problems);
  checkIsolation(node, problems);
  for (const [key, value] of entries(node.document.sysctls)) {
    checkSysctl(node, key, problems);
    if (sysctlValue(value) === '')
      problems.error([...node.at, 'sysctls', key], 'found an empty value, expected one to set, such as 1');
  }
  const forwarding = forwardingOf(node);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const said = own(node.document.sysctls, FORWARDING[family]);
    const on = forwarding[family];
    if (said === undefined || on === undefined || (sysctlValue(said) !== '0') === on) continue;
    problems.error(
      [...node.at, 'sysctls', FORWARDING[family]],
      `found ${sysctlValue(said)}, but forwarding says ${String(on)}`,
    );
  }
}

/** A setting must be one of the node's network namespace: any other would be the host's. */
function checkSysctl(node: DraftNode, key: string, problems: Problems): void {
  const at = [...node.at, 'sysctls', key];
  if (key.startsWith('net/')) {
    const dotted = key.replaceAll(/[./]/g, (mark) => (mark === '/' ? '.' : '/'));
    problems.keyError(at, `found ${quoted(key)}, expected dots between the words; did you mean ${quoted(dotted)}?`);
    return;
  }
  if (!key.startsWith('net.')) {
    problems.keyError(at, `found ${quoted(key)}, expected a setting below "net."; any other is the host's`);
    return;
  }
  const words = key.split('.');
  // A slash is a dot in a word, so a word of slashes alone would be a way out of /proc/sys/net.
  if (words.some((word) => /^\/*$/.test(word) || /[\s\p{Cc}]/u.test(word))) {
    problems.keyError(at, `found ${quoted(key)}, expected words with a dot between each, such as net.ipv4.ip_forward`);
    return;
  }
  const [, family, kind, word = ''] = words;
  if ((family !== 'ipv4' && family !== 'ipv6') || (kind !== 'conf' && kind !== 'neigh') || words.length < 5) return;
  const name = word.replaceAll('/', '.');
  if (name === 'all' || name === 'default' || node.devices.has(name) || unsure(node, problems)) return;
  const hint = problems.didYouMean(name, ['all', 'default', ...node.devices.keys()]);
  problems.keyError(at, `${node.name} has no interface ${quoted(name)}${hint}`);
}
