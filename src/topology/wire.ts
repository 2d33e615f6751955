/** Document → draft: finds out which interface is which, and names those that the file leaves unnamed. */
import { Problems } from './problems.ts';
import { HOST } from '../model/host.ts';
import type { Path } from '../model/place.ts';
import { entries, items, own, type LinkDocument, type TopologyDocument } from './document.ts';
import { withLinkDefaults, withNodeDefaults } from './defaults.ts';
import { type Device, type Draft, type DraftBridge, type DraftNode, isForeign, type Segment } from './draft.ts';
import { isInterfaceName, checkBridgeName, checkInterfaceName, checkNodeName } from './rules/names.ts';
import { portNames } from './ports.ts';
import { addUplinks } from './uplinks.ts';
import { quoted } from './words.ts';

/** Wires a document that the schema has accepted. Problems are collected; what they are about is left out of the draft. */
export function wire(document: TopologyDocument, name: string, problems: Problems): Draft {
  const wiring = new Wiring(document, problems);
  wiring.nodes();
  wiring.links();
  wiring.bridges();
  wiring.interfaces();
  addUplinks(name, wiring.nodeMap, () => wiring.host(), problems);
  return { name, nodes: wiring.nodeMap, bridges: wiring.bridgeMap, segments: wiring.segments };
}

/** One end as the file writes it, before it is known whether it can be. */
interface End {
  readonly node: DraftNode;
  /** Undefined: the next free ethN. */
  readonly name: string | undefined;
  readonly at: Path;
}

class Wiring {
  readonly nodeMap = new Map<string, DraftNode>();
  readonly bridgeMap = new Map<string, DraftBridge>();
  readonly segments: Segment[] = [];
  /** For each node, the number that its next ethN is looked for from. */
  readonly #free = new Map<DraftNode, number>();
  readonly #document: TopologyDocument;
  readonly #problems: Problems;

  constructor(document: TopologyDocument, problems: Problems) {
    this.#document = document;
    this.#problems = problems;
  }

  nodes(): void {
    for (const [name, node] of entries(this.#document.nodes)) {
      const at = ['nodes', name];
      if (name === HOST) {
        // What every node is given by default was not meant for the machine itself.
        this.host(node ?? {});
        continue;
      }
      checkNodeName(name, at, this.#problems);
      const document = withNodeDefaults(node, this.#document.defaults);
      const lo: Device = {
        node: name,
        name: 'lo',
        type: 'loopback',
        at,
        document: own(document.interfaces, 'lo') ?? undefined,
        home: [...at, 'interfaces', 'lo'],
        addresses: [],
      };
      // That of a joined namespace is nobody's business here.
      const devices = new Map(document.join === undefined ? [['lo', lo]] : []);
      this.nodeMap.set(name, { name, at, document, devices });
    }
  }

  /** The host's own namespace; it is there as soon as the file speaks of it. Its lo is nobody's business. */
  host(document: DraftNode['document'] = {}): DraftNode {
    const known = this.nodeMap.get(HOST);
    if (known !== undefined) return known;
    const made: DraftNode = { name: HOST, at: ['nodes', HOST], document, devices: new Map() };
    this.nodeMap.set(HOST, made);
    return made;
  }

  links(): void {
    for (const [i, link] of items(this.#document.links)) {
      const options = withLinkDefaults(isPair(link) ? {} : link, this.#document.defaults);
      const path: Path = isPair(link) ? ['links', i] : ['links', i, 'endpoints'];
      const ends = items(isPair(link) ? link : link.endpoints);
      if (ends.length === 2 && ends[0]![1] === ends[1]![1]) {
        this.#problems.error(
          [...path, 1],
          `both ends of this link are ${quoted(ends[1]![1])}, expected two interfaces`,
        );
        this.#problems.damage(['links', i]);
        continue;
      }
      const devices = ends.map(([n, text]) => {
        const end = this.#end(text, [...path, n]);
        return end === undefined ? undefined : this.#claim(end);
      });
      const [a, b] = devices;
      if (a === undefined || b === undefined) continue;
      a.peer = b;
      b.peer = a;
      if (options.mtu !== undefined) {
        for (const end of [a, b]) setMtu(end, options.mtu, ['links', i, 'mtu']);
      }
      this.#segment(`links[${i}]`, ['links', i], [a, b], options.subnet);
    }
  }

  bridges(): void {
    const ports: { readonly bridge: DraftBridge; readonly ends: (End | undefined)[] }[] = [];
    for (const [name, document] of entries(this.#document.bridges)) {
      const at = ['bridges', name];
      if (checkBridgeName(name, at, this.#problems) && this.nodeMap.has(name)) {
        this.#problems.keyError(at, `a node is called ${quoted(name)} too, expected names that differ`);
      }
      const bridge: DraftBridge = { name, at, document, devices: new Map() };
      this.bridgeMap.set(name, bridge);
      ports.push({ bridge, ends: items(document.ports).map(([n, port]) => this.#end(port, [...at, 'ports', n])) });
    }
    // Ports with a name first, on all bridges: a port without one takes what is left.
    const devices = new Map<End, Device | undefined>();
    for (const named of [true, false]) {
      for (const end of ports.flatMap(({ ends }) => ends)) {
        if (end !== undefined && (end.name !== undefined) === named) devices.set(end, this.#claim(end));
      }
    }
    for (const { bridge, ends } of ports) {
      const plugged = ends.flatMap((end) => (end === undefined ? [] : (devices.get(end) ?? [])));
      this.#plug(bridge, plugged);
    }
  }

  #plug(bridge: DraftBridge, plugged: readonly Device[]): void {
    const { name, at, document, devices } = bridge;
    const device = (named: string, type: 'bridge' | 'veth', asked: Path): Device => {
      const made: Device = { node: name, name: named, type, at: asked, document: undefined, home: at, addresses: [] };
      if (document.mtu !== undefined) setMtu(made, document.mtu, [...at, 'mtu']);
      devices.set(named, made);
      return made;
    };
    device(name, 'bridge', at);
    portNames(name, plugged).forEach((portName, i) => {
      const far = plugged[i]!;
      const port = device(portName, 'veth', far.at);
      port.master = name;
      port.peer = far;
      far.peer = port;
      if (document.mtu !== undefined) setMtu(far, document.mtu, [...at, 'mtu']);
    });
    this.#segment(name, at, plugged, document.subnet);
  }

  #segment(name: string, at: Path, ends: readonly Device[], subnet: string | undefined): void {
    this.segments.push({ name, at, ends, subnetAt: [...at, 'subnet'], ...(subnet === undefined ? {} : { subnet }) });
  }

  /** What `interfaces` says, put to the devices that it is said of. */
  interfaces(): void {
    const unknownEnds = this.#problems.damaged(['links']) || this.#problems.damaged(['bridges']);
    for (const node of this.nodeMap.values()) {
      for (const [name, document] of entries(node.document.interfaces)) {
        const home = [...node.at, 'interfaces', name];
        const device = node.devices.get(name);
        const type = document?.type;
        if (type === undefined) {
          if (device !== undefined) describe(device, document ?? {}, home);
          else if (!this.#problems.damaged(home) && checkInterfaceName(name, home, this.#problems) && !unknownEnds) {
            this.#unattached(node, name, home);
          }
        } else if (device !== undefined) {
          const what = name === 'lo' ? 'the loopback' : 'the end of a link or a bridge port';
          this.#problems.error([...home, 'type'], `${node.name}:${name} is ${what}, which has no type`);
        } else if (checkInterfaceName(name, home, this.#problems)) {
          const made: Device = { node: node.name, name, type, at: home, document: undefined, home, addresses: [] };
          node.devices.set(name, made);
          describe(made, document ?? {}, home);
        }
      }
    }
  }

  #unattached(node: DraftNode, name: string, home: Path): void {
    if (isForeign(node)) {
      const whose = node.name === HOST ? 'the host' : `the namespace that ${node.name} joins`;
      this.#problems.keyError(
        home,
        `no link ends at ${node.name}:${name}, and it has no type; what ${whose} has of its own is never changed, expected a link end or a ${node.name === HOST ? 'bridge' : 'device'} of the lab's`,
      );
      return;
    }
    const described = node.document.interfaces ?? {};
    const free = [...node.devices.keys()].filter((other) => !Object.hasOwn(described, other));
    this.#problems.keyError(
      home,
      `no link ends at ${node.name}:${name}, and it has no type${this.#problems.didYouMean(name, free) || '; expected a link, a bridge port or a type'}`,
    );
  }

  /** Reads `node:interface`, or a node alone. */
  #end(text: string, at: Path): End | undefined {
    const colon = text.indexOf(':');
    const nodeName = colon < 0 ? text : text.slice(0, colon);
    const name = colon < 0 ? undefined : text.slice(colon + 1);
    const node = nodeName === HOST ? this.host() : this.nodeMap.get(nodeName);
    if (node === undefined) {
      if (this.#problems.damaged(['nodes', nodeName])) return undefined;
      const bridge = own(this.#document.bridges, nodeName) !== undefined;
      const why = bridge
        ? `${quoted(nodeName)} is a bridge; what is plugged into it stands in bridges.${nodeName}.ports`
        : `there is no node ${quoted(nodeName)}${this.#problems.didYouMean(nodeName, this.nodeMap.keys())}`;
      this.#problems.error(at, why);
      return undefined;
    }
    if (name === undefined) {
      if (!isForeign(node)) return { node, name, at };
      this.#problems.error(
        at,
        `found ${nodeName} alone, expected the name of an interface that is to be, such as ${nodeName}:lab0`,
      );
      return undefined;
    }
    if (name === 'lo') {
      this.#problems.error(at, 'found lo, which every node has by itself, expected another interface');
      return undefined;
    }
    return isInterfaceName(name, at, this.#problems) ? { node, name, at } : undefined;
  }

  /** Makes the device of a link end, unless there is one already. */
  #claim({ node, name: given, at }: End): Device | undefined {
    let name = given;
    if (name === undefined) {
      const n = nextFree(node, this.#free.get(node) ?? 0);
      this.#free.set(node, n + 1);
      name = `eth${n}`;
    }
    const taken = node.devices.get(name);
    if (taken !== undefined) {
      const where = taken.at[0] === 'links' ? `links[${taken.at[1]}]` : `bridges.${taken.at[1]}`;
      this.#problems.error(at, `${node.name}:${name} is in use already, by ${where}`);
      return undefined;
    }
    const device: Device = {
      node: node.name,
      name,
      type: 'veth',
      at,
      document: undefined,
      home: [...node.at, 'interfaces', name],
      addresses: [],
    };
    node.devices.set(name, device);
    return device;
  }
}

function isPair(link: LinkDocument): link is readonly string[] {
  return Array.isArray(link);
}

function describe(device: Device, document: NonNullable<Device['document']>, home: Path): void {
  device.document = document;
  if (document.mtu !== undefined) setMtu(device, document.mtu, [...home, 'mtu']);
}

function setMtu(device: Device, mtu: number, at: Path): void {
  device.mtu = mtu;
  device.mtuAt = at;
}

/** The first ethN of a node, from `from` on, that no link end, port or device of another type has. */
function nextFree(node: DraftNode, from: number): number {
  for (let n = from; ; n++) {
    const name = `eth${n}`;
    if (!node.devices.has(name) && own(node.document.interfaces, name)?.type === undefined) return n;
  }
}
