/** A drawing → SVG that stands on its own: its style, its colours for light and dark, and what it shows in words. */
import type { Graph } from '../../model/graph.ts';
import { attributes, escaped } from '../../model/xml.ts';
import type { Drawing } from '../drawing.ts';
import type { Theme } from '../formats.ts';
import { LEADING, widthOf } from '../measure.ts';
import { gapWords, graphWords } from '../words.ts';
import { cross, mark, text } from './marks.ts';
import { plateMark } from './plates.ts';
import { styleSheet } from './style.ts';
import { wireMark } from './wires.ts';

const MARGIN = 24;
/** So many pairs that do not reach each other are told below the picture. */
const TOLD = 6;

/** The whole document. */
export function svg(graph: Graph, drawing: Drawing, theme: Theme): string {
  const { lab, description } = graph;
  const below = gapLines(graph);
  const lost = new Set((graph.unreachable ?? []).flatMap(({ from, to }) => [from, to]));
  const top = MARGIN + LEADING.title + (description === null ? 0 : LEADING.text) + 16;
  const width = Math.ceil(
    2 * MARGIN +
      Math.max(
        drawing.width,
        widthOf(lab, 'title'),
        ...[description ?? '', ...below].map((line) => widthOf(line, 'text')),
      ),
  );
  const height = Math.ceil(top + drawing.height + (below.length > 0 ? 16 : 0) + below.length * LEADING.text + MARGIN);
  const left = Math.floor((width - drawing.width) / 2);
  const plates = drawing.plates.map((placed) => plateMark(placed, lost));
  const wires = drawing.wires.map(wireMark);
  const id = `netlab-${lab}`;
  return [
    `<svg${attributes({
      xmlns: 'http://www.w3.org/2000/svg',
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      'aria-labelledby': `${id}-title ${id}-desc`,
    })}>`,
    `<title id="${id}-title">${escaped(lab)}</title>`,
    `<desc id="${id}-desc">${escaped(graphWords(graph))}</desc>`,
    `<style>\n${styleSheet(theme)}\n</style>`,
    mark('rect', { class: 'paper', width, height }),
    text(lab, MARGIN, MARGIN + 16, 'title'),
    ...(description === null ? [] : [text(description, MARGIN, MARGIN + LEADING.title + 11, 'dim')]),
    `<g transform="translate(${left} ${top})">`,
    ...drawing.blocks.map(({ box }) => mark('rect', { class: 'frame', ...box, rx: 10 })),
    ...plates,
    ...wires,
    ...cutInFrames(drawing),
    '</g>',
    ...below.map((line, i) => text(line, MARGIN, top + drawing.height + 16 + (i + 1) * LEADING.text - 4, 'bad')),
    '</svg>',
    '',
  ].join('\n');
}

/** A cross on each node of a frame whose link is cut: it has no line of its own. */
function cutInFrames({ wires, plates }: Drawing): string[] {
  const cut = wires.flatMap(({ all = [] }) => all.filter((link) => link.cut)).flatMap(({ ends }) => ends);
  const names = new Set(cut.map(({ node }) => node));
  const shared = new Set(
    wires.flatMap(({ all, link }) => (all === undefined ? [] : link.ends.map(({ node }) => node))),
  );
  return plates.flatMap(({ plate, box }) =>
    names.has(plate.node.name) && !shared.has(plate.node.name) ? [cross({ x: box.x, y: box.y + box.height / 2 })] : [],
  );
}

function gapLines({ unreachable }: Graph): string[] {
  const gaps = unreachable ?? [];
  const more = gaps.length - TOLD;
  return [...gaps.slice(0, TOLD).map(gapWords), ...(more > 0 ? [`… and ${more} more pairs`] : [])];
}
