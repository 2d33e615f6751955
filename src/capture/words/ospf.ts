/** By the second byte of every message of versions 2 and 3. RFC 2328, A.3.1; RFC 5340, A.3.1 */
const KINDS = ['', 'Hello', 'Database Description', 'LS-Request', 'LS-Update', 'LS-Ack'];

/** `OSPFv2, Hello, length 44` */
export function ospfWords(data: Uint8Array, length: number): string {
  const [version, kind] = data;
  if (version === undefined || kind === undefined) return `OSPF, length ${length}`;
  return `OSPFv${version}, ${KINDS[kind] || `type ${kind}`}, length ${length}`;
}
