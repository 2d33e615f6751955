/** Pieces of SVG. All numbers are CSS pixels. */
import { attributes, escaped } from '../../model/xml.ts';
import type { Point } from '../elk.ts';

/** A number with at most two digits after the point, so that the same picture is the same text. */
export function at(number: number): number {
  const rounded = Math.round(number * 100) / 100;
  return rounded === 0 ? 0 : rounded;
}

type Facts = Readonly<Record<string, string | number | undefined>>;

/** `<rect …/>` */
export function mark(name: string, facts: Facts): string {
  const rounded = Object.entries(facts).map(([key, value]) => [key, typeof value === 'number' ? at(value) : value]);
  return `<${name}${attributes(Object.fromEntries(rounded) as Facts)}/>`;
}

/** `<text …>…</text>`; y is the base line. */
export function text(words: string, x: number, y: number, type: string): string {
  return `<text${attributes({ class: type, x: at(x), y: at(y) })}>${escaped(words)}</text>`;
}

/** A group, and what a pointer that rests on it is told. */
export function group(type: string, title: string, parts: readonly string[]): string {
  const told = title === '' ? [] : [`<title>${escaped(title)}</title>`];
  return `<g${attributes({ class: type })}>\n${[...told, ...parts.filter((part) => part !== '')].join('\n')}\n</g>`;
}

const CORNER = 7;

/** A line through points, with round corners. */
export function wayOf(points: readonly Point[]): string {
  return points
    .map((point, i) => {
      const [before, after] = [points[i - 1], points[i + 1]];
      if (before === undefined) return `M${at(point.x)} ${at(point.y)}`;
      if (after === undefined) return `L${at(point.x)} ${at(point.y)}`;
      const [come, go] = [towards(point, before), towards(point, after)];
      return `L${at(come.x)} ${at(come.y)}Q${at(point.x)} ${at(point.y)} ${at(go.x)} ${at(go.y)}`;
    })
    .join('');
}

/** A little from one point to another, at most half the way. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(CORNER, length / 2) / length;
  return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
}

/** The point halfway along a line. */
export function middleOf(points: readonly Point[]): Point {
  const lengths = points.slice(1).map((point, i) => Math.hypot(point.x - points[i]!.x, point.y - points[i]!.y));
  let left = lengths.reduce((sum, length) => sum + length, 0) / 2;
  for (const [i, length] of lengths.entries()) {
    if (left <= length && length > 0) {
      const [from, to, part] = [points[i]!, points[i + 1]!, left / length];
      return { x: from.x + (to.x - from.x) * part, y: from.y + (to.y - from.y) * part };
    }
    left -= length;
  }
  return points[0]!;
}

/** A cross at a point. */
export function cross({ x, y }: Point, size = 5): string {
  const [l, r, t, b] = [at(x - size), at(x + size), at(y - size), at(y + size)];
  return mark('path', { class: 'cross', d: `M${l} ${t}L${r} ${b}M${l} ${b}L${r} ${t}` });
}
