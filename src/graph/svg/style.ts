/** The style sheet inside a picture: plain rules, for programs that know little of CSS; dark surroundings turn the colours by a media query. */
import type { Theme } from '../formats.ts';
import { SIZE } from '../measure.ts';
import { DARK, LIGHT, type Palette } from './palette.ts';

/** What stands in `<style>`. */
export function styleSheet(theme: Theme): string {
  const colours = theme === 'dark' ? rules(DARK) : rules(LIGHT);
  const turned = theme === 'auto' ? `@media (prefers-color-scheme:dark){\n${rules(DARK)}\n}` : '';
  return [FORMS, colours, turned].filter((part) => part !== '').join('\n');
}

const FORMS = `text{font-family:sans-serif;font-size:${SIZE.text}px;stroke:none}
.title{font-size:${SIZE.title}px;font-weight:bold}
.name{font-size:${SIZE.name}px;font-weight:bold}
.mono{font-family:monospace;font-size:${SIZE.mono}px}
.end{text-anchor:end}.mid{text-anchor:middle}
.wire,.icon{fill:none}
.wire{stroke-width:1.75;stroke-linejoin:round}
.tunnel{stroke-width:2;stroke-dasharray:7 4}
.way-out{stroke-dasharray:2 4;stroke-linecap:round}
.cut{stroke-dasharray:3 5}
.cross{fill:none;stroke-width:2.5;stroke-linecap:round}
.box{stroke-width:1.25}.icon{stroke-width:1.4;stroke-linejoin:round;stroke-linecap:round}`;

function rules(c: Palette): string {
  const fill = (selector: string, colour: string): string => `${selector}{fill:${colour}}`;
  const stroke = (selector: string, colour: string): string => `${selector}{stroke:${colour}}`;
  return [
    fill('.paper', c.paper),
    fill('text', c.text),
    fill('.dim', c.dim),
    `.box{fill:${c.box};stroke:${c.boxEdge}}.node .icon{stroke:${c.dim}}`,
    `.router .box{fill:${c.router};stroke:${c.routerEdge}}.router .icon{stroke:${c.routerEdge}}`,
    `.host .box{fill:${c.host};stroke:${c.hostEdge}}.host .icon{stroke:${c.hostEdge}}`,
    `.internet .box,.shared .box{fill:${c.world};stroke:${c.worldEdge}}`,
    `.lost .box{stroke:${c.trouble};stroke-width:2.25}`,
    fill('.bar', c.bridge),
    fill('.plug', c.line),
    stroke('.wire', c.line),
    stroke('.tunnel', c.tunnel),
    fill('.over', c.tunnel),
    stroke('.cut,.cross', c.trouble),
    fill('.bad', c.trouble),
    fill('.alive', c.alive),
    fill('.badge', c.badge),
    fill('.on-badge', c.onBadge),
    `.frame{fill:none;stroke:${c.frame}}`,
  ].join('\n');
}
