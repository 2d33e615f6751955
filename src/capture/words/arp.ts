import { decodeArp } from '../../probe/arp.ts';
import { macText } from '../../model/mac.ts';

/** Of ARP for IPv4 over Ethernet. */
const WHOLE = 28;

/** `ARP, Request who-has 10.0.0.2 tell 10.0.0.1, length 28`; RARP too. RFC 826, 903, 5227 */
export function arpWords(data: Uint8Array, length: number): string {
  return `ARP, ${what(data)}length ${length}`;
}

function what(data: Uint8Array): string {
  const arp = decodeArp(data);
  if (arp === undefined) return data.length < WHOLE ? 'truncated, ' : '';
  const { operation, senderIp, senderMac, targetIp, targetMac } = arp;
  const asked = targetMac.every((byte) => byte === 0) ? targetIp : `${targetIp} (${macText(targetMac)})`;
  switch (operation) {
    case 1:
      if (senderIp === targetIp) return `Announcement ${senderIp}, `;
      return senderIp === '0.0.0.0' ? `Probe ${targetIp}, ` : `Request who-has ${asked} tell ${senderIp}, `;
    case 2:
      return `Reply ${senderIp} is-at ${macText(senderMac)}, `;
    case 3:
      return `Reverse Request who-is ${macText(targetMac)} tell ${macText(senderMac)}, `;
    case 4:
      return `Reverse Reply ${macText(targetMac)} at ${targetIp}, `;
    default:
      return `operation ${operation}, `;
  }
}
