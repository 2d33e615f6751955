/** Sixteen bytes of ones, the length, and the kind. RFC 4271, 4.1 */
const MARKER = 16;
const KIND_AT = 18;
const KINDS = ['', 'Open', 'Update', 'Notification', 'Keepalive', 'Route Refresh'];

/** `: BGP Open`, or nothing when no message begins there. */
export function bgpWords(data: Uint8Array): string {
  if (data.length <= KIND_AT || data.subarray(0, MARKER).some((byte) => byte !== 0xff)) return '';
  return `: BGP ${KINDS[data[KIND_AT]!] || `type ${data[KIND_AT]}`}`;
}
