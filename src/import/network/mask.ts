/** Lengths of networks as net-tools have them: a netmask, or the class of an address. */
import { parseIp } from '../../model/ip.ts';

/** With the length that the mask says, or else, as net-tools have it, the one of the address's class. */
export function inClass(address: string, mask?: string): string | undefined {
  if (address.includes('/')) return address;
  if (mask !== undefined) {
    const length = maskLength(mask);
    return length === undefined ? undefined : `${address}/${length}`;
  }
  const first = parseIp(address)?.[0];
  if (first === undefined || address.includes(':')) return undefined;
  return `${address}/${first < 128 ? 8 : first < 192 ? 16 : 24}`;
}

/** 24 of 255.255.255.0 or 0xffffff00; undefined where its bits have gaps. */
export function maskLength(mask: string): number | undefined {
  const bytes = /^0x[0-9a-f]{8}$/i.test(mask) ? Buffer.from(mask.slice(2), 'hex') : parseIp(mask);
  if (bytes === undefined || bytes.length !== 4) return undefined;
  const bits = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.replace(/0+$/, '').length : undefined;
}
