/** What stands in the box of a node, and how large it makes it. */
import type { GraphDevice, GraphNode } from '../model/graph.ts';
import { LEADING, widthOf } from './measure.ts';
import type { Shown } from './show.ts';

/** A line in a box: a word, what there is to say of it, and what it is of. */
export interface Row {
  readonly kind: 'device' | 'process' | 'trouble' | 'rule' | 'more';
  readonly word: string;
  readonly rest: string;
  /** From the left of the box, for what goes on a line above. */
  readonly indent: number;
}

/** A device in the box of a node that others are members of, drawn as a bar. */
export interface Bar {
  readonly device: GraphDevice;
  readonly lines: readonly string[];
  /** The bar and its words together. */
  readonly width: number;
}

/** A box before it has a place. */
export interface Plate {
  readonly node: GraphNode;
  readonly badges: readonly string[];
  readonly rows: readonly Row[];
  readonly bars: readonly Bar[];
  /** Where the words of bars begin, and the bars below those. */
  readonly barsTop: number;
  readonly width: number;
  readonly height: number;
  /** Ends of links stand below it. */
  readonly endsTop: number;
}

export const PADDING = 10;
export const HEADER = 28;
/** The picture of what a node is, before its name. */
export const ICON = 18;
export const BAR = 6;
/** The thickness of a bridge of the file. */
export const TRUNK = 10;
/** So many lines of one sort; of more it says how many. */
const MOST = 8;

/** The box of a node. With nothing to show it has its name alone. */
export function plateOf(node: GraphNode, shown: ReadonlySet<Shown>): Plate {
  if (node.kind === 'internet') return blank(node, widthOf('Internet', 'name') + 40, 60);
  if (node.kind === 'tunnel') return blank(node, widthOf(node.name, 'mono') + 2 * PADDING, 24);
  const bare = shown.size === 0;
  const badges = bare ? [] : badgesOf(node);
  const rows = [
    ...(shown.has('devices') ? capped(node.devices.filter((each) => !isBar(each)).flatMap(deviceRows)) : []),
    ...(shown.has('processes')
      ? capped(
          node.processes.map(({ name, trouble }): Row => ({
            kind: trouble === null ? 'process' : 'trouble',
            word: name,
            rest: trouble ?? '',
            indent: 12,
          })),
        )
      : []),
    ...rules(shown.has('routes'), node.routes),
    ...rules(shown.has('nat'), node.nat),
    ...rules(shown.has('filter'), node.filter),
  ];
  const bars: Bar[] = [];
  for (const device of bare ? [] : node.devices.filter(isBar)) {
    const lines = shown.has('devices') ? [`${device.name}${typeWord(device)}`, ...device.addresses] : [device.name];
    const width = Math.max(...lines.map((line) => widthOf(line, 'mono'))) + BAR + 6;
    bars.push({ device, lines, width });
  }
  const header = ICON + 6 + widthOf(node.name, 'name') + badges.reduce((sum, word) => sum + badgeWidth(word) + 5, 0);
  const width = Math.max(
    2 * PADDING + header,
    ...rows.map((row) => 2 * PADDING + row.indent + rowWidth(row)),
    bars.reduce((sum, { width }) => sum + width + PADDING, PADDING),
    bare ? 0 : 88,
  );
  const barsTop = HEADER + rows.length * LEADING.mono + (rows.length > 0 ? 4 : 0);
  const words = Math.max(0, ...bars.map(({ lines }) => lines.length)) * LEADING.mono;
  const endsTop = bars.length > 0 ? barsTop + words : 0;
  const height = bars.length > 0 ? endsTop + 36 : barsTop + (rows.length > 0 ? 6 : 4);
  return { node, badges, rows, bars, barsTop, width, height, endsTop };
}

function blank(node: GraphNode, width: number, height: number): Plate {
  return { node, badges: [], rows: [], bars: [], barsTop: 0, endsTop: 0, width, height };
}

export function badgeWidth(word: string): number {
  return widthOf(word, 'mono') + 10;
}

/** Members stand at it as at a switch. One that has none is a line like others. */
function isBar({ members }: GraphDevice): boolean {
  return members.length > 0;
}

function badgesOf({ nat, filter, frozen }: GraphNode): string[] {
  return [...(nat.length > 0 ? ['NAT'] : []), ...(filter.length > 0 ? ['filter'] : []), ...(frozen ? ['frozen'] : [])];
}

function typeWord({ type }: GraphDevice): string {
  return type === 'bridge' ? '' : ` ${type}`;
}

function deviceRows(device: GraphDevice): Row[] {
  const [first = '', ...more] = device.addresses;
  const type =
    device.type === 'loopback' ? '' : device.type === 'vlan' && device.about !== null ? device.about : device.type;
  const rest = [type, device.state === 'down' ? 'down' : '', first].filter((word) => word !== '').join(' ');
  return [
    { kind: 'device', word: device.name, rest, indent: 0 },
    ...more.map((address): Row => ({
      kind: 'device',
      word: '',
      rest: address,
      indent: widthOf(`${device.name} `, 'mono'),
    })),
  ];
}

function rules(wanted: boolean, lines: readonly string[]): readonly Row[] {
  return wanted ? capped(lines.map((line): Row => ({ kind: 'rule', word: '', rest: line, indent: 0 }))) : [];
}

function capped(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MOST) return rows;
  const rest = rows.length - MOST + 1;
  return [...rows.slice(0, MOST - 1), { kind: 'more', word: '', rest: `and ${rest} more`, indent: rows[0]!.indent }];
}

function rowWidth({ word, rest }: Row): number {
  return widthOf([word, rest].filter((text) => text !== '').join(' '), 'mono');
}
