/** A graph with words at the ends of its links → a drawing: from left to right, with links at right angles. */
import type { Graph, GraphBox, GraphDevice, GraphEnd, GraphLink } from '../model/graph.ts';
import type { Drawing, EndWords, PlacedBar, PlacedPlate, Wire, Words } from './drawing.ts';
import { type ElkEdge, type ElkGraph, type ElkLabel, type ElkNode, type ElkShape, place, type Point } from './elk.ts';
import { levelsOf } from './levels.ts';
import { LEADING, widthOf } from './measure.ts';
import { BAR, PADDING, type Plate, TRUNK } from './plate.ts';
import type { Shown } from './show.ts';

const GRAPH_OPTIONS = {
  'elk.algorithm': 'layered',
  'elk.direction': 'RIGHT',
  'elk.edgeRouting': 'ORTHOGONAL',
  'elk.randomSeed': '1',
  'elk.padding': '[top=0,left=0,bottom=0,right=0]',
  'elk.spacing.nodeNode': '20',
  'elk.spacing.edgeEdge': '12',
  'elk.spacing.edgeNode': '14',
  'elk.spacing.edgeLabel': '3',
  'elk.spacing.componentComponent': '40',
  'elk.layered.spacing.nodeNodeBetweenLayers': '36',
  'elk.layered.spacing.edgeEdgeBetweenLayers': '12',
  'elk.layered.spacing.edgeNodeBetweenLayers': '16',
  'elk.layered.nodePlacement.strategy': 'NETWORK_SIMPLEX',
  'elk.layered.considerModelOrder.strategy': 'NODES_AND_EDGES',
  'elk.layered.considerModelOrder.crossingCounterNodeInfluence': '0.001',
  'elk.aspectRatio': '1.7',
  'elk.layered.nodePlacement.favorStraightEdges': 'true',
} as const;

/** Where names and lines are all there is: closer together, and in small graphs each node in the middle of what it leads to. */
const BARE = { 'elk.spacing.nodeNode': '14' } as const;
const LEVEL = {
  'elk.layered.nodePlacement.strategy': 'BRANDES_KOEPF',
  'elk.layered.nodePlacement.bk.fixedAlignment': 'BALANCED',
} as const;
const SMALL = 60;
/** Of so many more would take minutes. */
const HUGE = {
  nodes: 300,
  options: { 'elk.layered.thoroughness': '1' },
} as const;
/** Many lines that cross are easier to follow when they are straight. */
const DENSE = { 'elk.edgeRouting': 'POLYLINE', 'elk.layered.spacing.nodeNodeBetweenLayers': '120' } as const;
const CROWD = { links: 100, each: 1.4 } as const;

/** A picture that is wider than this, and so much wider than high, is better read in rows, like lines of text. */
const WIDE = { width: 1700, times: 3 } as const;
/** How long those rows may be for their number, by ELK's estimate, which is rough. */
const ROWS = ['1.2', '1.7'];
/** What a picture is to fit on: a slide. */
const SLIDE = { width: 1600, height: 900 } as const;

/** Between the words of an end and its node, and between them and the free line. */
const GAP = 5;

/** Finds the places. */
export async function layered(
  graph: Graph,
  shown: ReadonlySet<Shown>,
  plates: ReadonlyMap<string, Plate>,
): Promise<Drawing> {
  const levels = levelsOf(graph);
  const ends = graph.links.map(({ ends }) => ends.map((end) => endLines(end, plates.get(end.node)!, shown)));
  const rank = new Map(graph.nodes.map(({ name }, i) => [name, i]));
  const before = (a: string, b: string): number => levels.get(a)! - levels.get(b)! || rank.get(a)! - rank.get(b)!;
  const edges = graph.links.map((link, i): ElkEdge => {
    const [one, other] = [`${i}:0`, `${i}:1`];
    const forth = before(link.ends[0].node, link.ends[1].node) <= 0;
    return {
      id: String(i),
      sources: [forth ? one : other],
      targets: [forth ? other : one],
      labels: captionOf(link, shown),
    };
  });
  const ports = new Map<string, ElkShape[]>(graph.nodes.map(({ name }) => [name, []]));
  for (const [i, link] of graph.links.entries()) {
    for (const [side, end] of link.ends.entries())
      ports.get(end.node)!.push({ id: `${i}:${side}`, ...sizeOf(ends[i]![side]!) });
  }
  const children = graph.nodes
    .toSorted((a, b) => levels.get(a.name)! - levels.get(b.name)!)
    .map(({ name }) => elkNode(plates.get(name)!, ports.get(name)!));
  const isDense = edges.length > CROWD.links && edges.length > CROWD.each * children.length;
  const bare = {
    ...BARE,
    ...(children.length <= SMALL ? LEVEL : {}),
    ...(isDense ? DENSE : {}),
    ...(children.length > HUGE.nodes ? HUGE.options : {}),
  };
  const layoutOptions = { ...GRAPH_OPTIONS, ...(shown.size === 0 ? bare : {}) };
  const placed = await placedWell({ id: 'graph', layoutOptions, children, edges });

  const shapes = new Map(placed.children.map((child) => [child.id, child]));
  const ways = new Map(placed.edges.map((edge) => [edge.id, edge]));
  const drawn = new Map(
    graph.nodes.map(({ name }) => [name, placedPlate(shapes.get(name)!, plates.get(name)!, graph)]),
  );
  const wires = graph.links.map((link, i): Wire => {
    const edge = ways.get(String(i))!;
    const places = link.ends.map(({ node }, side) => portOf(shapes.get(node)!, `${i}:${side}`));
    const forth = edge.sources[0] === `${i}:0`;
    const { startPoint, bendPoints = [], endPoint } = edge.sections![0]!;
    const way = [startPoint, ...bendPoints, endPoint];
    const [one, other] = link.ends.map((end, side) => inner(places[side]!, drawn.get(end.node)!, end));
    const points = [one!, ...(forth ? way : way.toReversed()), other!];
    const words = link.ends.map((_, side) => endWords(places[side]!, ends[i]![side]!));
    const label = edge.labels?.[0];
    const caption = label === undefined ? {} : { caption: { lines: [label.text], box: boxOf(label) } };
    return { link, points: straightened(points), free: way, ends: [words[0], words[1]], ...caption };
  });
  return {
    width: placed.width ?? 0,
    height: placed.height ?? 0,
    plates: [...drawn.values()],
    wires,
    blocks: [],
  };
}

/** In one row, or in several where that shows it larger. */
async function placedWell(graph: ElkGraph): Promise<ElkGraph> {
  const found = [await place(graph)];
  const { width = 0, height = 0 } = found[0]!;
  if (width <= WIDE.width || width <= height * WIDE.times) return found[0]!;
  for (const ratio of ROWS) {
    const options = {
      ...graph.layoutOptions,
      'elk.layered.wrapping.strategy': 'MULTI_EDGE',
      'elk.layered.wrapping.additionalEdgeSpacing': '20',
      'elk.aspectRatio': ratio,
    };
    found.push(await place({ ...graph, layoutOptions: options }));
  }
  const scale = ({ width = 1, height = 1 }: ElkGraph): number => Math.min(SLIDE.width / width, SLIDE.height / height);
  return found.reduce((best, each) => (scale(each) > scale(best) ? each : best));
}

/** The words of an end: the interface, and below the line its addresses. Ends at bridges of the file say nothing that the other end does not. */
function endLines(end: GraphEnd, { node }: Plate, shown: ReadonlySet<Shown>): readonly string[] {
  const state = end.state === 'down' ? ' down' : '';
  const isPlain = node.kind === 'bridge' || node.kind === 'tunnel' || end.interface === '';
  if (isPlain || !shown.has('addresses')) return state === '' ? [] : [`${end.interface}${state}`];
  return [`${end.interface}${state}`, ...end.addresses];
}

function sizeOf(lines: readonly string[]): { width: number; height: number } {
  if (lines.length === 0) return { width: 0, height: 0 };
  const width = Math.max(...lines.map((line) => widthOf(line, 'mono')));
  // The line runs through the middle: as much room above as below.
  return { width: width + 2 * GAP, height: 2 * Math.max(1, lines.length - 1) * LEADING.mono };
}

function captionOf(link: GraphLink, shown: ReadonlySet<Shown>): ElkLabel[] {
  const text = link.label ?? (shown.has('networks') ? link.networks.join(' ') : '');
  if (text === '') return [];
  return [{ text, width: widthOf(text, 'mono') + 2 * GAP, height: LEADING.mono }];
}

function elkNode(plate: Plate, ports: readonly ElkShape[]): ElkNode {
  const { node, endsTop } = plate;
  const isTrunk = node.kind === 'bridge';
  const width = isTrunk ? TRUNK : plate.width;
  const height = isTrunk ? 48 : plate.height;
  const caption = isTrunk ? trunkLines(plate) : [];
  return {
    id: node.name,
    width,
    height,
    ports,
    labels:
      caption.length === 0
        ? []
        : [
            {
              text: caption.join('\n'),
              width: Math.max(widthOf(caption[0]!, 'name'), ...caption.slice(1).map((line) => widthOf(line, 'mono'))),
              height: LEADING.name + (caption.length - 1) * LEADING.mono + 2,
            },
          ],
    layoutOptions: {
      'elk.portConstraints': 'FREE',
      'elk.nodeSize.constraints': '[PORTS, MINIMUM_SIZE]',
      'elk.nodeSize.minimum': `(${width}, ${height})`,
      'elk.nodeLabels.placement': '[OUTSIDE, V_TOP, H_CENTER]',
      // What is set for one node alone has to be said in this way.
      'elk.spacing.individual': [
        `elk.spacing.portPort:${isTrunk ? 22 : 8}`,
        `elk.spacing.portsSurrounding:[top=${endsTop},left=0,bottom=0,right=0]`,
      ].join(';,;'),
    },
  };
}

function trunkLines({ node }: Plate): string[] {
  return [node.name, ...node.networks];
}

/** The place of an end's words, and of the border of its node. */
interface Port {
  readonly box: GraphBox;
  readonly side: 'left' | 'right';
  readonly border: number;
}

function portOf(node: ElkNode, id: string): Port {
  const port = node.ports!.find((each) => each.id === id)!;
  const [left, width] = [node.x ?? 0, node.width ?? 0];
  const box = { ...boxOf(port), x: left + (port.x ?? 0), y: (node.y ?? 0) + (port.y ?? 0) };
  const side = (port.x ?? 0) + box.width / 2 < width / 2 ? 'left' : 'right';
  return { box, side, border: side === 'left' ? left : left + width };
}

/** Where the line of an end begins: at the border of its node, and for a member of a bar at that. */
function inner({ box: { y, height }, border }: Port, { plate, bars }: PlacedPlate, end: GraphEnd): Point {
  const bar = bars[plate.bars.findIndex(({ device }) => device.name === end.master)];
  return { x: bar === undefined ? border : bar.box.x + BAR / 2, y: y + height / 2 };
}

function endWords({ box, side }: Port, lines: readonly string[]): EndWords | undefined {
  return lines.length === 0 ? undefined : { lines, box, side, above: 1 };
}

function placedPlate(shape: ElkNode, plate: Plate, graph: Graph): PlacedPlate {
  const box = boxOf(shape);
  const label = shape.labels?.[0];
  const caption: Words | undefined =
    label === undefined
      ? undefined
      : {
          lines: label.text.split('\n'),
          box: { ...boxOf(label), x: box.x + (label.x ?? 0), y: box.y + (label.y ?? 0) },
        };
  let [left, right] = [box.x + PADDING, box.x + box.width - PADDING];
  const bars = plate.bars.map(({ device, width }): PlacedBar => {
    const toRight = leansRight(shape, device, graph);
    const x = toRight ? right - BAR : left;
    if (toRight) right -= width + PADDING;
    else left += width + PADDING;
    return {
      box: { x, y: box.y + plate.barsTop, width: BAR, height: box.height - plate.barsTop - PADDING / 2 },
      words: toRight ? 'left' : 'right',
    };
  });
  return { plate, box, bars, ...(caption === undefined ? {} : { caption }) };
}

/** Whether most members of a bar come from the right. */
function leansRight(shape: ElkNode, { members }: GraphDevice, { links }: Graph): boolean {
  const sides = links.flatMap(({ ends }, i) =>
    ends.flatMap((end, side) =>
      end.node === shape.id && members.includes(end.interface) ? [portOf(shape, `${i}:${side}`).side] : [],
    ),
  );
  return sides.filter((side) => side === 'right').length > sides.length / 2;
}

function boxOf({ x = 0, y = 0, width = 0, height = 0 }: Partial<ElkShape>): GraphBox {
  return { x, y, width, height };
}

/** Without points at which nothing turns. */
function straightened(points: readonly Point[]): Point[] {
  const out: Point[] = [];
  for (const point of points) {
    const last = out.at(-1);
    if (last?.x === point.x && last.y === point.y) continue;
    const before = out.at(-2);
    const isOn = (axis: 'x' | 'y'): boolean => before?.[axis] === last?.[axis] && last?.[axis] === point[axis];
    if (before !== undefined && (isOn('x') || isOn('y'))) out.pop();
    out.push(point);
  }
  return out;
}
