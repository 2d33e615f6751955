/** What can be broken in a lab: a link cut, a route dropped, all of a node's routes, a process stopped; each is mended again. */
import assert from 'node:assert/strict';

import { inNode, netlab } from '../../support/index.ts';
import type { LabModel } from '../../../src/model/lab.ts';
import type { Route } from '../../../src/model/resource.ts';

export interface Breakage {
  readonly kind: 'link' | 'route' | 'routes' | 'process';
  readonly what: string;
  readonly cut: () => Promise<void> | void;
  readonly mend: () => Promise<void> | void;
}

/** Of so many routes each is dropped by itself; of more that many are, spread over all of them. */
const ROUTES = 24;

/** Everything that can be broken in a lab that runs from a file, one thing after the other. */
export function breakages(file: string, { name: lab, resources }: LabModel): Breakage[] {
  const must = async (...words: readonly string[]): Promise<void> => {
    const { code, stderr } = await netlab(words);
    assert.equal(code, 0, `${words.join(' ')}: ${stderr}`);
  };
  const tool = (node: string, ...argv: readonly string[]): void => {
    const { code, stderr } = inNode(lab, node, argv);
    assert.equal(code, 0, `${argv.join(' ')} in ${node}: ${stderr}`);
  };
  // In the host's namespace nothing is broken that others may need; what is there is broken from the other end.
  const own = resources.filter(({ node }) => node !== 'host');
  const seen = new Set<string>();
  const ends = own.flatMap((each) => {
    if (each.kind !== 'link' || each.peer === undefined || !each.up) return [];
    const [near, far] = [`${each.node}:${each.name}`, `${each.peer.node}:${each.peer.link}`];
    if (seen.has(far)) return [];
    seen.add(near);
    return [near];
  });
  const cuts = ends.map((end): Breakage => ({
    kind: 'link',
    what: `link down ${end}`,
    cut: () => must('link', 'down', '-l', lab, end),
    mend: () => must('link', 'reset', '-l', lab, end),
  }));
  // What has run once, and what a process had at heart, comes back in a lab that is new.
  const anew = async (): Promise<void> => {
    await must('down', '-q', lab);
    await must('up', '-q', file);
  };
  const routes = own.filter((each) => each.kind === 'route');
  const step = Math.max(1, routes.length / ROUTES);
  const some = Array.from({ length: Math.min(ROUTES, routes.length) }, (_, i) => routes[Math.floor(i * step)]!);
  const drops = some.map((route): Breakage => ({
    kind: 'route',
    what: `ip route del ${words(route).join(' ')} on ${route.node}`,
    cut: () => tool(route.node, 'ip', family(route), 'route', 'del', ...words(route)),
    mend: anew,
  }));
  const flushes = [...new Set(routes.map(({ node }) => node))].map((node): Breakage => ({
    kind: 'routes',
    what: `routes of ${node} dropped`,
    cut: () => ['-4', '-6'].forEach((each) => tool(node, 'ip', each, 'route', 'flush', 'table', 'main')),
    mend: anew,
  }));
  const stops = own.flatMap((each): Breakage[] => {
    if (each.kind !== 'process') return [];
    const name = `${each.node}/${each.name}`;
    return [
      {
        kind: 'process',
        what: `stop ${name}`,
        cut: () => must('stop', '-l', lab, name),
        mend: anew,
      },
    ];
  });
  return [...cuts, ...drops, ...flushes, ...stops];
}

function family({ to }: Route): '-4' | '-6' {
  return to.includes(':') ? '-6' : '-4';
}

function words({ to, type, table, metric }: Route): string[] {
  const kind = type === 'unicast' ? [] : [type];
  return [...kind, to, 'table', String(table), ...(metric === 0 ? [] : ['metric', String(metric)])];
}
