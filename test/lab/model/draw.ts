/** A sketch → the topology that it means. Valid by construction, but for what only the rules of the language know together. */
import type { BridgeDocument, LinkDocument, NodeDocument, TopologyDocument } from '../../../src/topology/document.ts';
import { devicesOf } from './draw-devices.ts';
import { firewallOf, natOf, nftablesOf } from './draw-filter.ts';
import { neighborsOf, fdbOf, routesOf, rulesOf, sysctlsOf } from './draw-network.ts';
import { filesOf, processesOf, setupOf } from './draw-programs.ts';
import { byChance, type Interface, interfaceOf, nodeName } from './interface.ts';
import type { NodeSketch, Sketch } from './sketch.ts';

/** MTUs of links and of segments. */
const MTUS = [1400, 1500, 2000, 9000];

/** The topology under a lab's name. */
export function drawn(sketch: Sketch, name: string): TopologyDocument {
  const nodes = new Map(sketch.nodes.map((node) => [node.slot, node]));
  const interfaces = new Map(sketch.nodes.map(({ slot }) => [slot, [] as Interface[]]));
  const links = linksOf(sketch, nodes, interfaces);
  const bridges = bridgesOf(sketch, nodes, interfaces);
  const names = sketch.nodes.map(nodeName);
  const documents = sketch.nodes.map((node): readonly [string, NodeDocument] => [
    nodeName(node),
    nodeOf(node, interfaces.get(node.slot)!, sketch),
  ]);
  return { name, nodes: Object.fromEntries(documents), ...(names.length > 0 ? { links, bridges } : {}) };
}

type Nodes = ReadonlyMap<number, NodeSketch>;
type Interfaces = ReadonlyMap<number, Interface[]>;

/** Links between nodes that are there. */
function linksOf({ links }: Sketch, nodes: Nodes, interfaces: Interfaces): LinkDocument[] {
  return links.flatMap(({ id, nodes: slots, mtu, ends }): LinkDocument[] => {
    const [near, far] = [nodes.get(slots[0]), nodes.get(slots[1])];
    if (near === undefined || far === undefined) return [];
    const names = ([0, 1] as const).map((side) => {
      const loop = near === far && side === 1 ? 'b' : '';
      const one = interfaceOf(
        `${ends[side].renamed ? 'wan' : 'eth'}${id}${loop}`,
        id,
        slots[side] + 1 + 8 * side,
        ends[side],
      );
      interfaces.get(slots[side])!.push(one);
      return `${nodeName(nodes.get(slots[side])!)}:${one.name}`;
    });
    return mtu === null ? [names] : [{ endpoints: names, mtu: byChance(MTUS, mtu) }];
  });
}

/** The segment that bridges begin with; links have those before. */
const FIRST_BRIDGE = 8;

function bridgesOf({ bridges }: Sketch, nodes: Nodes, interfaces: Interfaces): Record<string, BridgeDocument> {
  const drawn = bridges.flatMap(({ id, ports, stp, mtu, subnet }): (readonly [string, BridgeDocument])[] => {
    const segment = FIRST_BRIDGE + id;
    const there = ports.flatMap(({ slot, end }) => {
      const node = nodes.get(slot);
      if (node === undefined) return [];
      const one = interfaceOf(`${end.renamed ? 'sw' : 'lan'}${id}`, segment, slot + 1, end);
      interfaces.get(slot)!.push(one);
      return [`${nodeName(node)}:${one.name}`];
    });
    if (there.length === 0) return [];
    return [
      [
        `seg${id}`,
        {
          ports: there,
          ...(subnet ? { subnet: `10.${150 + segment}.0.0/24` } : {}),
          ...(stp ? { stp } : {}),
          ...(mtu === null ? {} : { mtu: byChance(MTUS, mtu) }),
        },
      ],
    ];
  });
  return Object.fromEntries(drawn);
}

const HOSTNAMES = [undefined, 'sea', 'hill.example'];
const ISOLATIONS = [undefined, ['net'], ['net', 'mnt', 'uts']] as const;
const FORWARDING = [undefined, true, false, { ipv4: true }, { ipv6: true, ipv4: false }] as const;

function nodeOf(node: NodeSketch, attached: readonly Interface[], sketch: Sketch): NodeDocument {
  const all = devicesOf(node, attached);
  const forwarding = FORWARDING[node.forwarding];
  const isolation = ISOLATIONS[node.isolation];
  const hostname = HOSTNAMES[node.hostname];
  const lo = loOf(node);
  const { lists } = node;
  const document: NodeDocument = {
    ...(hostname === undefined ? {} : { hostname }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(forwarding === undefined ? {} : { forwarding }),
    sysctls: sysctlsOf(lists.sysctls, all, forwarding === undefined),
    interfaces: Object.fromEntries([
      ...(lo.length === 0 ? [] : [['lo', { addresses: lo }] as const]),
      ...all.map(({ name, document: said }) => [name, said] as const),
    ]),
    routes: routesOf(lists.routes, all),
    rules: rulesOf(lists.rules, all),
    neighbors: neighborsOf(lists.neighbors, all),
    fdb: fdbOf(lists.fdb, all),
    nat: natOf(lists.nat, all),
    firewall: firewallOf(lists, all),
    ...nftablesOf(node.nftables),
    ...(isolation?.length === 1 ? {} : { files: filesOf(lists.files) }),
    ...setupOf(node.setup),
    processes: processesOf(node, sketch),
  };
  // What is empty is left out: the smaller the file, the plainer what a failure is about.
  return Object.fromEntries(
    Object.entries(document).filter(
      ([, value]) => typeof value !== 'object' || Object.keys(value as object).length > 0,
    ),
  );
}

function loOf({ slot, lo }: NodeSketch): string[] {
  const pool = [`10.255.${slot}.1/32`, `fd00:ff::${slot + 1}/128`, `127.0.1.${slot + 1}/8`, `10.255.${slot}.2/32`];
  return lo.map((i) => byChance(pool, i));
}
