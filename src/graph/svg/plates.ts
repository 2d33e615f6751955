/** Nodes, bridges and what else has a place → SVG. */
import type { PlacedPlate } from '../drawing.ts';
import { LEADING, widthOf } from '../measure.ts';
import { BAR, badgeWidth, HEADER, ICON, PADDING, type Row } from '../plate.ts';
import { nodeWords } from '../words.ts';
import { icon } from './icons.ts';
import { group, mark, text } from './marks.ts';

/** One of them. `lost`: the nodes that do not reach all others, or are not reached. */
export function plateMark(placed: PlacedPlate, lost: ReadonlySet<string>): string {
  const { node } = placed.plate;
  if (node.kind === 'bridge') return group('bridge', nodeWords(node), trunk(placed));
  if (node.kind === 'internet') return group('internet', nodeWords(node), cloud(placed));
  if (node.kind === 'tunnel') return group('shared', nodeWords(node), pill(placed));
  const type = node.kind === 'host' ? 'host' : node.forwarding ? 'router' : 'node';
  return group(`${type}${lost.has(node.name) ? ' lost' : ''}`, nodeWords(node), computer(placed));
}

function trunk({ box, caption }: PlacedPlate): string[] {
  const bar = mark('rect', { class: 'bar', ...box, rx: box.width / 2 });
  if (caption === undefined) return [bar];
  const middle = caption.box.x + caption.box.width / 2;
  const lines = caption.lines.map((line, i) =>
    i === 0
      ? text(line, middle, caption.box.y + 13, 'name mid')
      : text(line, middle, caption.box.y + LEADING.name + i * LEADING.mono - 4, 'mono dim mid'),
  );
  return [bar, ...lines];
}

function cloud({ box: { x, y, width: w, height: h } }: PlacedPlate): string[] {
  const p = (dx: number, dy: number): string =>
    `${Math.round((x + dx * w) * 10) / 10} ${Math.round((y + dy * h) * 10) / 10}`;
  const d =
    `M${p(0.2, 1)}C${p(-0.05, 1)} ${p(-0.06, 0.48)} ${p(0.16, 0.46)}C${p(0.14, 0.02)} ${p(0.48, -0.12)} ${p(0.56, 0.22)}` +
    `C${p(0.74, -0.02)} ${p(0.96, 0.2)} ${p(0.88, 0.46)}C${p(1.06, 0.5)} ${p(1.05, 1)} ${p(0.82, 1)}Z`;
  return [mark('path', { class: 'box', d }), text('Internet', x + w / 2, y + h * 0.72, 'name mid')];
}

function pill({ box, plate }: PlacedPlate): string[] {
  return [
    mark('rect', { class: 'box', ...box, rx: box.height / 2 }),
    text(plate.node.name.slice(1), box.x + box.width / 2, box.y + box.height / 2 + 4, 'mono mid'),
  ];
}

function computer({ box, plate, bars }: PlacedPlate): string[] {
  const { node, badges, rows } = plate;
  // With nothing below it the name stands in the middle.
  const top = rows.length + bars.length === 0 ? box.y + (box.height - ICON) / 2 : box.y + 7;
  const which = node.kind === 'host' ? 'machine' : node.forwarding ? 'router' : 'computer';
  const out = [
    mark('rect', { class: 'box', ...box, rx: 7 }),
    icon(which, box.x + PADDING, top),
    text(node.name, box.x + PADDING + ICON + 6, top + 13.5, 'name'),
  ];
  let x = box.x + box.width - PADDING;
  for (const word of badges.toReversed()) {
    const width = badgeWidth(word);
    x -= width;
    out.push(mark('rect', { class: 'badge', x, y: top + 1, width, height: 16, rx: 8 }));
    out.push(text(word, x + width / 2, top + 13, 'mono on-badge mid'));
    x -= 5;
  }
  for (const [i, row] of rows.entries()) out.push(...rowMark(row, box.x + PADDING, box.y + HEADER + i * LEADING.mono));
  for (const [i, bar] of bars.entries()) {
    const end = bar.words === 'left' ? ' end' : '';
    const x = bar.words === 'left' ? bar.box.x - 5 : bar.box.x + BAR + 5;
    out.push(mark('rect', { class: 'bar', ...bar.box, rx: BAR / 2 }));
    for (const [n, line] of plate.bars[i]!.lines.entries())
      out.push(text(line, x, bar.box.y + 10 + n * LEADING.mono, `mono${n === 0 ? '' : ' dim'}${end}`));
  }
  return out;
}

function rowMark({ kind, word, rest, indent }: Row, x: number, top: number): string[] {
  const left = x + indent;
  const dot =
    kind === 'process' || kind === 'trouble'
      ? [mark('circle', { class: kind === 'process' ? 'alive' : 'bad', cx: x + 4, cy: top + 7, r: 3.5 })]
      : [];
  const after = word === '' ? left : left + widthOf(`${word} `, 'mono');
  return [
    ...dot,
    ...(word === '' ? [] : [text(word, left, top + 10.5, kind === 'trouble' ? 'mono bad' : 'mono')]),
    ...(rest === '' ? [] : [text(rest, after, top + 10.5, kind === 'trouble' ? 'mono bad' : 'mono dim')]),
  ];
}
