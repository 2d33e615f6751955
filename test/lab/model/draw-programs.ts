/** Files, setup and processes of a node that is being drawn. */
import type { ProcessDocument } from '../../../src/topology/document.ts';
import { byChance, nodeName } from './interface.ts';
import type { Dice, NodeSketch, Sketch } from './sketch.ts';

/** What the nodes of these labs can have as files. */
export const PATHS = ['/etc/motd', '/srv/made/here', '/etc/app.conf', '/opt/made/x'];

export function filesOf(list: readonly Dice[]): Record<string, string> {
  return Object.fromEntries(list.map(([a, b]) => [byChance(PATHS, a), `text ${b % 4}\n`.repeat(b % 3)]));
}

export function setupOf(n: number): { setup?: string[][] } {
  return n === 0 ? {} : { setup: [['true'], ...(n > 1 ? [['sh', '-c', 'test 1 = 1']] : [])] };
}

/** How many processes a node can have. */
const NAMES = 3;

/** Each comes after some of those that stand before it: on its own node, or on one with a smaller number. */
export function processesOf(node: NodeSketch, { nodes }: Sketch): Record<string, ProcessDocument> {
  const own = new Map(node.lists.processes.map((dice) => [dice[0] % NAMES, dice]));
  const others = nodes.filter(({ slot, lists }) => slot < node.slot && lists.processes.length > 0);
  const other = others[0];
  const first = other === undefined ? [] : [`${nodeName(other)}/p${other.lists.processes[0]![0] % NAMES}`];
  return Object.fromEntries(
    [...own].map(([nth, dice]) => {
      const before = [...own.keys()].filter((each) => each < nth).map((each) => `p${each}`);
      return [`p${nth}`, processOf(dice, nth, [...before, ...first])];
    }),
  );
}

function processOf([, a, b, c]: Dice, nth: number, before: readonly string[]): ProcessDocument {
  const after = before.filter((_, i) => ((c >> i) & 1) === 1);
  return {
    command: ['sleep', String(40_000 + 10 * nth + (a % 4))],
    ...(b % 3 === 0 ? { env: { COLOUR: byChance(['red', 'blue'], b >> 2) } } : {}),
    ...(b % 4 === 1 ? { cwd: '/usr' } : {}),
    ...(b % 5 === 2 ? { restart: byChance(['always', 'on-failure'] as const, a) } : {}),
    ...(b % 6 === 5 ? { log: { max_size: byChance(['64k', '1M'], a), files: 2 } } : {}),
    ...(b % 7 === 3 ? { stop: { signal: 'INT', timeout: '1s' } } : {}),
    ...(b % 11 === 4 ? { user: 'nobody' } : {}),
    ...(a % 9 === 0 ? { ready: { command: ['true'] } } : {}),
    ...(after.length === 0 ? {} : { after }),
  };
}
