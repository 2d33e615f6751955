import { formatIp } from '../../model/ip.ts';
import { viewOf } from '../../model/transport.ts';

/** A query of version 3 is longer than those before. */
const QUERY3 = 12;

/** `igmp v2 report 239.1.1.1`. RFC 1112, 2236, 3376 */
export function igmpWords(data: Uint8Array, length: number): string {
  if (data.length < 8) return `igmp, length ${length}`;
  const group = formatIp(data.subarray(4, 8));
  const about = group === '0.0.0.0' ? '' : ` [gaddr ${group}]`;
  switch (data[0]) {
    case 0x11:
      return `igmp query v${length >= QUERY3 ? 3 : data[1] === 0 ? 1 : 2}${about}`;
    case 0x12:
      return `igmp v1 report ${group}`;
    case 0x16:
      return `igmp v2 report ${group}`;
    case 0x17:
      return `igmp leave ${group}`;
    case 0x22:
      return `igmp v3 report, ${viewOf(data).getUint16(6)} group record(s)`;
    default:
      return `igmp type 0x${data[0]!.toString(16)}, length ${length}`;
  }
}
