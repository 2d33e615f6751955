/** In a large graph: nodes that hang on the same place are drawn side by side in a frame, with one line to it for all of them. */
import type { Graph, GraphLink, GraphNode } from '../model/graph.ts';
import type { Drawing, PlacedPlate, Wire } from './drawing.ts';
import { type Plate, plateOf } from './plate.ts';

/** So many at least, or each has a line of its own. */
const FEWEST = 3;
const GAP = 8;
/** How much wider than high a frame is. */
const SHAPE = 1.6;
/** Where there are many frames height is scarce: then they are flat. */
const MANY = 6;
const FLAT = 8;

/** What one frame holds. */
interface Block {
  readonly name: string;
  readonly nodes: readonly GraphNode[];
  readonly links: readonly GraphLink[];
  readonly columns: number;
  readonly cell: Plate;
}

/** A graph in which frames are nodes. */
export interface Folded {
  readonly graph: Graph;
  readonly plates: ReadonlyMap<string, Plate>;
  /** The drawing of that graph → that of the whole one. */
  readonly unfold: (drawing: Drawing) => Drawing;
}

/** Folds what hangs by one link, and nothing else, on the same place. */
export function folded(graph: Graph): Folded {
  const blocks = blocksOf(graph);
  const blockOf = new Map(blocks.flatMap((block) => block.nodes.map(({ name }) => [name, block])));
  const drawn = new Map<Block, GraphLink>();
  const links = graph.links.flatMap((link) => {
    const block = blockOf.get(link.ends[0].node) ?? blockOf.get(link.ends[1].node);
    if (block === undefined) return [link];
    if (drawn.has(block)) return [];
    const ends = link.ends.map((end) => (blockOf.has(end.node) ? { ...end, node: block.name } : end));
    const one: GraphLink = { ...link, cut: false, label: null, networks: [], ends: [ends[0]!, ends[1]!] };
    drawn.set(block, one);
    return [one];
  });
  const nodes = graph.nodes.flatMap((node) => {
    const block = blockOf.get(node.name);
    if (block === undefined) return [node];
    return block.nodes[0] === node ? [{ ...node, name: block.name }] : [];
  });
  const plates = new Map(blocks.map((block) => [block.name, framePlate(block)]));
  return { graph: { ...graph, nodes, links }, plates, unfold: (drawing) => unfolded(drawing, graph, blocks) };
}

function blocksOf({ nodes, links }: Graph): Block[] {
  const own = new Map<string, GraphLink[]>(nodes.map(({ name }) => [name, []]));
  for (const link of links) for (const { node } of link.ends) own.get(node)!.push(link);
  const hanging = new Map<string, GraphNode[]>();
  for (const node of nodes) {
    const [link, ...more] = own.get(node.name)!;
    if (node.kind !== 'node' || link?.kind !== 'veth' || more.length > 0) continue;
    const far = link.ends.find((end) => end.node !== node.name)?.node;
    if (far !== undefined) hanging.set(far, [...(hanging.get(far) ?? []), node]);
  }
  // A pair of nodes hangs on itself: not both can be in a frame.
  const many = [...hanging].filter(([far, members]) => members.length >= FEWEST && own.get(far)!.length > 1);
  return many.map(([, members], i): Block => {
    const plates = members.map((node) => plateOf(node, new Set()));
    const cell = plates.reduce((widest, plate) => (plate.width > widest.width ? plate : widest));
    const square = Math.sqrt((members.length * SHAPE * (cell.height + GAP)) / (cell.width + GAP));
    const columns = many.length > MANY ? Math.min(members.length, Math.max(FLAT, square)) : square;
    const links = members.map(({ name }) => own.get(name)![0]!);
    return { name: `@block ${i + 1}`, nodes: members, links, columns: Math.max(1, Math.round(columns)), cell };
  });
}

function framePlate({ name, nodes, columns, cell }: Block): Plate {
  const rows = Math.ceil(nodes.length / columns);
  return {
    ...cell,
    node: { ...nodes[0]!, name },
    width: columns * (cell.width + GAP) + GAP,
    height: rows * (cell.height + GAP) + GAP,
  };
}

function unfolded(drawing: Drawing, { nodes }: Graph, blocks: readonly Block[]): Drawing {
  const byName = new Map(blocks.map((block) => [block.name, block]));
  const frames: Drawing['blocks'][number][] = [];
  const plates = drawing.plates.flatMap((placed): PlacedPlate[] => {
    const block = byName.get(placed.plate.node.name);
    if (block === undefined) return [placed];
    frames.push({ box: placed.box });
    return block.nodes.map((node, i): PlacedPlate => {
      const { width, height } = block.cell;
      const x = placed.box.x + GAP + (i % block.columns) * (width + GAP);
      const y = placed.box.y + GAP + Math.floor(i / block.columns) * (height + GAP);
      return { plate: { ...plateOf(node, new Set()), width }, box: { x, y, width, height }, bars: [] };
    });
  });
  const rank = new Map(nodes.map(({ name }, i) => [name, i]));
  const wires = drawing.wires.map((wire): Wire => {
    const block = wire.link.ends.map(({ node }) => byName.get(node)).find((each) => each !== undefined);
    return block === undefined ? wire : { ...wire, all: block.links };
  });
  return {
    ...drawing,
    plates: plates.toSorted((a, b) => rank.get(a.plate.node.name)! - rank.get(b.plate.node.name)!),
    wires,
    blocks: frames,
  };
}
