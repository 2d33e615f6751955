/** Labs that use IPv6 and do not say so: Kathará's own settings turn it on for all devices there, and Netkit had it always. */
import { join } from 'node:path';

import { parseIp } from '../../model/ip.ts';
import type { Origin } from '../draft.ts';
import { textOf } from '../text.ts';
import { unitsOf } from '../shell/units.ts';
import type { LabConf } from './lab-conf.ts';

/** The first line of a startup that sets an IPv6 address or route, where no device has the option `ipv6`. */
export function unsaidIpv6(folder: string, { machines }: LabConf): Origin | undefined {
  if (machines.some(({ options }) => options.some(({ name }) => name === 'ipv6'))) return undefined;
  for (const base of ['shared', ...machines.map(({ name }) => name)]) {
    const file = join(folder, `${base}.startup`);
    const found = unitsOf(textOf(file) ?? '').find(({ text }) => setsIpv6(text));
    if (found !== undefined) return { file, line: found.line, column: found.column };
  }
  return undefined;
}

function setsIpv6(text: string): boolean {
  const words = text.split(/\s+/);
  const isIp = words.some((word) => /^(?:\S*\/)?(?:ip|ifconfig|route)$/.test(word));
  return isIp && words.some((word) => word.includes(':') && parseIp(word.split('/')[0]!)?.length === 16);
}
