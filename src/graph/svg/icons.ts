/** What a node is, as a small picture: 18 pixels each way. */
import { mark } from './marks.ts';

export type Icon = 'computer' | 'router' | 'machine';

const PATHS: Readonly<Record<Icon, string>> = {
  // A screen on a foot.
  computer: 'M1.5 3.5h15v9h-15zM9 12.5v3M5.5 15.5h7',
  // A disk, and packets that come in and go out.
  router: 'M9 1a8 8 0 1 0 .01 0zM4 7h7.5M9.3 4.8 11.5 7 9.3 9.2M14 11H6.500M8.7 8.8 6.5 11l2.2 2.2',
  // Units in a rack.
  machine: 'M2 2.500h14v5.500H2zM2 10h14v5.500H2zM5 5.200h.01M5 12.700h.01M8 5.200h5M8 12.700h5',
};

/** With its upper left corner at a point. */
export function icon(which: Icon, x: number, y: number): string {
  return mark('path', { class: 'icon', d: PATHS[which], transform: `translate(${Math.round(x)} ${Math.round(y)})` });
}
