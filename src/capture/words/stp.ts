import { macText } from '../../model/mac.ts';
import { viewOf } from '../../model/transport.ts';

/** Behind the three bytes of 802.2. */
const LLC = 3;
const SAP = 0x42;
const KINDS: Readonly<Record<number, string>> = { 0x00: 'Config', 0x02: 'Rapid STP', 0x80: 'Topology Change' };
const RAPID = 2;
/** Those between are of the rapid kind; two bits among them are the role of the port. */
const FLAGS: readonly (readonly [number, string])[] = [
  [0x01, 'Topology change'],
  [0x02, 'Proposal'],
  [0x10, 'Learn'],
  [0x20, 'Forward'],
  [0x40, 'Agreement'],
  [0x80, 'Topology change ACK'],
];

/** `STP 802.1d, Config, Flags [none], bridge-id 8000.02:00:00:00:00:01.8001, root 8000.… at 4`; undefined for what is none. IEEE 802.1D, 9.3 */
export function stpWords(data: Uint8Array): string | undefined {
  if (data.length < LLC + 4 || data[0] !== SAP || data[1] !== SAP) return undefined;
  const kind = data[LLC + 3]!;
  const name = `STP 802.1${kind === RAPID ? 'w' : 'd'}, ${KINDS[kind] ?? `type ${kind}`}`;
  if (kind !== 0 && kind !== RAPID) return name;
  if (data.length < LLC + 35) return `${name}, truncated`;
  const view = viewOf(data);
  const hex = (value: number): string => value.toString(16).padStart(4, '0');
  const bridge = (at: number): string => `${hex(view.getUint16(at))}.${macText(data.subarray(at + 2, at + 8))}`;
  const flags = data[LLC + 4]!;
  const told = FLAGS.flatMap(([bit, flag]) => ((flags & bit) === 0 ? [] : [flag]));
  return [
    name,
    `Flags [${told.length === 0 ? 'none' : told.join(', ')}]`,
    `bridge-id ${bridge(LLC + 17)}.${hex(view.getUint16(LLC + 25))}`,
    `root ${bridge(LLC + 5)} at ${view.getUint32(LLC + 13)}`,
  ].join(', ');
}
