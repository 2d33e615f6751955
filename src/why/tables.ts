/** Rules and routes of a node, read as its kernel reads them: of what it refuses it does not say by which. */
import { contains, parsePrefix } from '../model/address.ts';
import { parseIp } from '../model/ip.ts';
import { AF, FR_ACT, RTN } from '../netlink/constants.ts';
import type { Standing } from './evidence.ts';
import type { RouteEntry, RuleEntry } from './view.ts';

/** The route and the rule that the kernel must have come by, worked out from its tables: of what it refuses it does not say. */
export function matching(at: Standing): { readonly route?: RouteEntry; readonly rule?: RuleEntry } {
  const { view, destination } = at;
  const bytes = parseIp(destination)!;
  const family = bytes.length === 4 ? AF.INET : AF.INET6;
  const routes = view.routes().filter(({ header }) => header.family === family);
  for (const rule of rulesFor(at)) {
    if (rule.header.action !== FR_ACT.TO_TBL) return { rule };
    const table = rule.attrs.table ?? rule.header.table;
    const [route] = routes
      .filter(
        (each) => (each.attrs.table ?? each.header.table) === table && contains(parsePrefix(prefixOf(each))!, bytes),
      )
      .toSorted((a, b) => b.header.dst_len - a.header.dst_len || (a.attrs.priority ?? 0) - (b.attrs.priority ?? 0));
    if (route !== undefined && route.header.type !== RTN.THROW) return { route, rule };
  }
  return {};
}

/** The rules that are for a packet, in their order; those that ask for a mark or a port are not. */
export function rulesFor({ view, iif, source, destination }: Standing): RuleEntry[] {
  const family = destination.includes(':') ? AF.INET6 : AF.INET;
  const within = (prefix: string | undefined, length: number, address: string): boolean => {
    const bytes = parseIp(address);
    if (prefix === undefined || length === 0) return true;
    // Nothing has been sent yet: it would be from one of its own addresses.
    if (address === '')
      return view.held.some((held) => contains({ bytes: parseIp(prefix)!, length }, held.prefix.bytes));
    return bytes !== undefined && contains({ bytes: parseIp(prefix)!, length }, bytes);
  };
  return view
    .rules()
    .filter(({ header, attrs }) => {
      if (header.family !== family || (attrs.fwmark ?? 0) !== 0 || attrs.ip_proto !== undefined) return false;
      if (attrs.iifname !== undefined && attrs.iifname !== (iif === undefined ? 'lo' : view.name(iif))) return false;
      if (attrs.oifname !== undefined) return false;
      return within(attrs.src, header.src_len, source) && within(attrs.dst, header.dst_len, destination);
    })
    .toSorted((a, b) => (a.attrs.priority ?? 0) - (b.attrs.priority ?? 0));
}

/** `default route`, or `route 10.0.0.0/8`. */
export function routeText(prefix: string): string {
  return prefix === '0.0.0.0/0' || prefix === '::/0' ? 'default route' : `route ${prefix}`;
}

/** `10.0.0.0/8` */
export function prefixOf({ header, attrs }: RouteEntry): string {
  return `${attrs.dst ?? (header.family === AF.INET6 ? '::' : '0.0.0.0')}/${header.dst_len}`;
}
