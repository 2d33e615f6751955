/** Between the model's words and the numbers of rtnetlink. */
import { AF, RT_SCOPE, RTN } from '../netlink/constants.ts';
import type { RouteType } from '../model/resource.ts';

export const SCOPE = { global: RT_SCOPE.UNIVERSE, link: RT_SCOPE.LINK, host: RT_SCOPE.HOST } as const;

export const ROUTE_TYPE: Readonly<Record<RouteType, number>> = {
  unicast: RTN.UNICAST,
  blackhole: RTN.BLACKHOLE,
  unreachable: RTN.UNREACHABLE,
  prohibit: RTN.PROHIBIT,
  throw: RTN.THROW,
};

/** AF_INET or AF_INET6, told by the look of an address or prefix. */
export function familyOf(address: string): number {
  return address.includes(':') ? AF.INET6 : AF.INET;
}

/** `10.0.0.1/24` is `['10.0.0.1', 24]`. */
export function splitPrefix(prefix: string): [address: string, length: number] {
  const slash = prefix.lastIndexOf('/');
  return [prefix.slice(0, slash), Number(prefix.slice(slash + 1))];
}

/** The name that a number has in a table of this file. */
export function wordFor<W extends string>(table: Readonly<Record<W, number>>, value: number): W | undefined {
  for (const word in table) if (table[word] === value) return word;
  return undefined;
}
