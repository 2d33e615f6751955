/** Links and their words → SVG. */
import type { EndWords, Wire } from '../drawing.ts';
import { LEADING } from '../measure.ts';
import { linkWords } from '../words.ts';
import { cross, group, mark, middleOf, text, wayOf } from './marks.ts';

/** A link with what stands at its ends. */
export function wireMark(wire: Wire): string {
  const { link, points, free, ends, caption, all } = wire;
  const type = ['wire', ...(link.kind === 'veth' ? [] : [link.kind]), ...(link.cut ? ['cut'] : [])].join(' ');
  const [first, last] = [points[0]!, points.at(-1)!];
  const plug = (point: typeof first): string =>
    link.kind === 'veth' ? mark('circle', { class: 'plug', cx: point.x, cy: point.y, r: 2.5 }) : '';
  const word = link.kind === 'tunnel' ? 'mono mid over' : 'mono mid dim';
  return group('link', (all ?? [link]).map(linkWords).join('\n'), [
    mark('path', { class: type, d: wayOf(points) }),
    plug(first),
    plug(last),
    ...ends.flatMap((end, i) => (end === undefined ? [] : endMark(end, link.ends[i]!.state === 'down'))),
    ...(caption === undefined
      ? []
      : [text(caption.lines[0]!, caption.box.x + caption.box.width / 2, caption.box.y + 10.5, word)]),
    link.cut ? cross(middleOf(free)) : '',
  ]);
}

function endMark({ lines, box, side, above }: EndWords, isDown: boolean): string[] {
  const type = side === 'left' ? ' end' : '';
  const x = side === 'left' ? box.x + box.width - 5 : box.x + 5;
  const middle = box.y + box.height / 2;
  return lines.map((line, i) => {
    const top = middle + (i - above) * LEADING.mono;
    return text(line, x, top + (i < above ? 10 : 11.5), `mono${i === 0 ? (isDown ? ' bad' : '') : ' dim'}${type}`);
  });
}
