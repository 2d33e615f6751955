import { macText } from '../../model/mac.ts';

/** RFC 2131: the cookie before the options, and the option that says what kind of message it is. */
const [COOKIE_AT, OPTIONS_AT, MESSAGE_TYPE] = [236, 240, 53];
const KINDS = ['', 'Discover', 'Offer', 'Request', 'Decline', 'ACK', 'NAK', 'Release', 'Inform'];
/** RFC 8415, 7.3 */
const KINDS6 =
  ' solicit advertise request confirm renew rebind reply release decline reconfigure inf-req relay-fwd relay-reply'.split(
    ' ',
  );

/** `BOOTP/DHCP, Request from 02:…, length 300: Discover`; undefined for what is none. */
export function dhcpWords(data: Uint8Array, length: number): string | undefined {
  if (data.length < COOKIE_AT) return undefined;
  const client = macText(data.subarray(28, 34));
  const head =
    data[0] === 1 ? `BOOTP/DHCP, Request from ${client}, length ${length}` : `BOOTP/DHCP, Reply, length ${length}`;
  for (let at = OPTIONS_AT; at + 2 < data.length && data[at] !== 0xff; at += data[at] === 0 ? 1 : 2 + data[at + 1]!)
    if (data[at] === MESSAGE_TYPE) return `${head}: ${KINDS[data[at + 2]!] || `type ${data[at + 2]}`}`;
  return head;
}

/** `dhcp6 solicit` */
export function dhcp6Words([kind]: Uint8Array): string | undefined {
  return kind === undefined ? undefined : `dhcp6 ${KINDS6[kind] || `type ${kind}`}`;
}
