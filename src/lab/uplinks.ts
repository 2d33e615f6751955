/** `internet: true`: which networks the ways out get. The expansion has proposed some; here they meet the host as it is. */
import { contains, parsePrefix } from '../model/address.ts';
import { HOST, type Uplink } from '../model/host.ts';
import { parseIp } from '../model/ip.ts';
import type { LabModel } from '../model/lab.ts';
import type { NatRule } from '../model/netfilter.ts';
import type { Resource } from '../model/resource.ts';
import { wayTo } from '../reconcile/read/host.ts';
import { UPLINK_NETWORKS, uplinkNetwork } from '../topology/uplinks.ts';
import type { Host } from './host.ts';

/** The uplinks with networks that nobody on this host uses. One that a lab has already, it keeps. */
export function settleUplinks(model: LabModel, host: Host): Uplink[] {
  const others = new Set(host.neighbours().flatMap(({ uplinks }) => uplinks.map(({ subnet }) => subnet)));
  const proposed = new Set(model.uplinks.map(({ subnet }) => subnet));
  const own = model.resources.flatMap((each) => (each.kind === 'address' ? [each] : []));
  const chosen = new Set<string>();
  // An address of the file's own, in the lab or on the host, is not to be met by accident.
  const inFile = (subnet: string): boolean =>
    own.some(({ prefix, at }) => {
      const [network, address] = [parsePrefix(subnet)!, parseIp(prefix.split('/')[0]!)];
      return at?.at(-1) !== 'internet' && address !== undefined && contains(network, address);
    });
  const free = (subnet: string): boolean => {
    if (chosen.has(subnet) || others.has(subnet) || inFile(subnet)) return false;
    return ends(subnet).every((address) => (wayTo(host.namespaces.route(HOST), address)?.length ?? 0) === 0);
  };
  return model.uplinks.map((uplink) => {
    const kept = host.before.uplinks.find(({ node, link }) => node === uplink.node && link === uplink.link);
    const subnet =
      kept?.subnet ?? search(uplink.subnet, (each) => free(each) && (each === uplink.subnet || !proposed.has(each)));
    chosen.add(subnet);
    return { ...uplink, subnet };
  });
}

/** The first network from `from` on that will do; `from` itself when none does, for the kernel to say why not. */
function search(from: string, fits: (subnet: string) => boolean): string {
  let n = 0;
  while (n < UPLINK_NETWORKS && uplinkNetwork(n).subnet !== from) n++;
  for (let step = 0; step < UPLINK_NETWORKS; step++) {
    const { subnet } = uplinkNetwork((n + step) % UPLINK_NETWORKS);
    if (fits(subnet)) return subnet;
  }
  return from;
}

/** The two addresses of a /30. */
function ends(subnet: string): [host: string, node: string] {
  const [network = ''] = subnet.split('/');
  const last = Number(network.split('.')[3]);
  const stem = network.slice(0, network.lastIndexOf('.'));
  return [`${stem}.${last + 1}`, `${stem}.${last + 2}`];
}

/** The resources with the networks that were settled on in place of those proposed. */
export function withUplinks(model: LabModel, settled: readonly Uplink[]): readonly Resource[] {
  const words = new Map<string, string>();
  model.uplinks.forEach(({ subnet }, i) => {
    const to = settled[i]?.subnet ?? subnet;
    if (to === subnet) return;
    words.set(subnet, to);
    ends(subnet).forEach((address, n) => {
      words.set(address, ends(to)[n]!);
      words.set(`${address}/30`, `${ends(to)[n]}/30`);
    });
  });
  if (words.size === 0) return model.resources;
  const now = (word: string): string => words.get(word) ?? word;
  const isOurs = (at: NatRule['at']): boolean => at?.at(-1) === 'internet';
  return model.resources.map((each): Resource => {
    if (each.kind === 'address' && isOurs(each.at)) return { ...each, prefix: now(each.prefix) };
    if (each.kind === 'route' && isOurs(each.at)) {
      return {
        ...each,
        nexthops: each.nexthops.map((hop) => (hop.via === undefined ? hop : { ...hop, via: now(hop.via) })),
      };
    }
    if (each.kind !== 'netfilter' || each.node !== HOST) return each;
    const nat = each.nat.map((rule) =>
      rule.type === 'masquerade' && isOurs(rule.at) && rule.from !== undefined
        ? { ...rule, from: now(rule.from) }
        : rule,
    );
    return { ...each, nat };
  });
}
