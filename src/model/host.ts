import type { Resource } from './resource.ts';

/** The reserved name of the host's own network namespace: `["gw:wan", "host:vgw"]`, `nodes.host`. */
export const HOST = 'host';

/** The nodes among these whose network namespaces are somebody else's: the host, and those that join one. */
export function foreignNodes(resources: readonly Resource[]): ReadonlySet<string> {
  const joined = resources.flatMap((each) => (each.kind === 'namespace' && each.join !== undefined ? [each.node] : []));
  return new Set([HOST, ...joined]);
}

/** The way out of a node with `internet: true`. Its network is a proposal of the expansion; `up` takes another if it is in use. */
export interface Uplink {
  readonly node: string;
  /** The interface's name in the host's namespace. */
  readonly link: string;
  /** `198.18.4.8/30`: the host has the first address, the node the second. */
  readonly subnet: string;
  /** `fd12:3456:789a:bcde::/64`, likewise; where the host has a way out by IPv6. */
  readonly subnet6?: string;
}
