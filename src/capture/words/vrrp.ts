/** `VRRPv3, vrid 1, prio 100, length 12`: who has a shared address, and how much it wants it. RFC 5798, RFC 3768 */
export function vrrpWords(data: Uint8Array, length: number): string {
  const [head, router, priority] = data;
  if (head === undefined || router === undefined || priority === undefined) return `VRRP, length ${length}`;
  const kind = (head & 0x0f) === 1 ? 'Advertisement' : `type ${head & 0x0f}`;
  return `VRRPv${head >> 4}, ${kind}, vrid ${router}, prio ${priority}, length ${length}`;
}
