/** Ports as iptables has them. */

/** Services that scripts name instead of their ports (/etc/services). */
const SERVICES: Readonly<Record<string, number>> = {
  ftp: 21, ssh: 22, telnet: 23, smtp: 25, domain: 53, bootps: 67, bootpc: 68, tftp: 69, http: 80, www: 80, pop3: 110,
  ntp: 123, imap2: 143, imap: 143, snmp: 161, bgp: 179, https: 443, submission: 587, imaps: 993, pop3s: 995,
}; // prettier-ignore

/** A number without a sign, or undefined. */
export function portOf(text: string): number | undefined {
  return /^\d{1,5}$/.test(text) ? Number(text) : Object.hasOwn(SERVICES, text) ? SERVICES[text] : undefined;
}

/** `80`, `http,443`, `8000:8999`: as `firewall` has them; none where one is no port. */
export function portsOf(text: string): (string | number)[] {
  const all = text.split(',').map((each) => {
    const ends = each.split(':').map(portOf);
    const [first, last] = ends;
    if (first === undefined || ends.length > 2 || (ends.length === 2 && last === undefined)) return undefined;
    return last === undefined ? first : `${first}-${last}`;
  });
  return all.includes(undefined) ? [] : (all as (string | number)[]);
}
