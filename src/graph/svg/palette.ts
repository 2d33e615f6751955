/** The colours of a picture, for light and for dark surroundings. A test computes that every text can be read (WCAG 2, AA). */

/** What has a colour of its own. `on…` are texts, and stand upon the colour after that. */
export interface Palette {
  readonly paper: string;
  readonly text: string;
  readonly dim: string;
  readonly line: string;
  readonly box: string;
  readonly boxEdge: string;
  readonly router: string;
  readonly routerEdge: string;
  readonly host: string;
  readonly hostEdge: string;
  readonly world: string;
  readonly worldEdge: string;
  readonly bridge: string;
  readonly tunnel: string;
  readonly trouble: string;
  readonly alive: string;
  readonly badge: string;
  readonly onBadge: string;
  readonly frame: string;
}

export const LIGHT: Palette = {
  paper: '#ffffff',
  text: '#1f2328',
  dim: '#59636e',
  line: '#6e7781',
  box: '#f6f8fa',
  boxEdge: '#8c959f',
  router: '#e3f1ff',
  routerEdge: '#0969da',
  host: '#fff3d6',
  hostEdge: '#9a6700',
  world: '#eef0f2',
  worldEdge: '#6e7781',
  bridge: '#7d4bd0',
  tunnel: '#b35900',
  trouble: '#c5221f',
  alive: '#1a7f37',
  badge: '#ffe7c2',
  onBadge: '#6b3c00',
  frame: '#d0d7de',
};

export const DARK: Palette = {
  paper: '#0d1117',
  text: '#f0f6fc',
  dim: '#a8b1bb',
  line: '#8b949e',
  box: '#1b222c',
  boxEdge: '#6e7681',
  router: '#10294a',
  routerEdge: '#58a6ff',
  host: '#35280a',
  hostEdge: '#d29922',
  world: '#262c36',
  worldEdge: '#8b949e',
  bridge: '#b794f6',
  tunnel: '#f0a04b',
  trouble: '#ff8178',
  alive: '#56d364',
  badge: '#4d2d00',
  onBadge: '#ffc680',
  frame: '#3d444d',
};
