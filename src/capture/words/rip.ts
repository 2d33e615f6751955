const KINDS = ['', 'Request', 'Response'];

/** `RIPv2, Response, length: 24`. RFC 2453, 4; RFC 2080, 2.1 has no version beside its own port */
export function ripWords(data: Uint8Array, length: number): string | undefined {
  const [kind, version] = data;
  if (kind === undefined || version === undefined) return undefined;
  return `RIPv${version}, ${KINDS[kind] || `command ${kind}`}, length: ${length}`;
}
