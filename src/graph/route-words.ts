/** A route in words, as `ip route` has them. */
import { destinationWord } from '../model/ip.ts';
import type { Nexthop, Route } from '../model/resource.ts';

const MAIN = 254;

/** `default via 10.0.0.1`, `blackhole 10.9.0.0/16`, `10.2.0.0/16 via 192.0.2.2 table 200`. */
export function routeWords({ to, type, table, nexthops }: Route): string {
  const kind = type === 'unicast' ? '' : `${type} `;
  return `${kind}${destinationWord(to)}${nexthops.map(hopWords).join(',')}${table === MAIN ? '' : ` table ${table}`}`;
}

function hopWords({ via, dev }: Nexthop): string {
  return via !== undefined ? ` via ${via}` : dev === undefined ? '' : ` dev ${dev}`;
}
