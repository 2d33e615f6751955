/** Changes, as `plan` and `up` print them. */
import { groupBy } from '../model/group-by.ts';
import type { Action, Difference, PlannedChange, PlanReport, UpReport } from '../model/report.ts';
import { count } from '../model/text.ts';
import type { Palette } from './color.ts';
import { took } from './duration.ts';

const SIGNS: Readonly<Record<Action, readonly [sign: string, color: 'green' | 'yellow' | 'red', past: string]>> = {
  create: ['+', 'green', 'created'],
  update: ['~', 'yellow', 'updated'],
  replace: ['±', 'yellow', 'replaced'],
  remove: ['-', 'red', 'removed'],
};
const ACTIONS = Object.keys(SIGNS) as Action[];
// More lines than a person reads: then one line a node, and --verbose has them all.
const MANY = 200;

/** How much to print. */
export interface ChangeStyle {
  readonly verbose: boolean;
  readonly paint: Palette;
}

/** Everything that `plan` prints. */
export function planText(plan: PlanReport, style: ChangeStyle): string {
  const { lab, file, running, changes, unmanaged } = plan;
  const { paint } = style;
  const head = `${paint.bold(lab)}  ${paint.dim(file)}`;
  const blocks = changes.length === 0 ? [] : [changeLines(changes, style, !running)];
  if (unmanaged.length > 0) {
    blocks.push([paint.bold("Not netlab's, and stays"), ...unmanaged.map((what) => `  ${what}`)].join('\n'));
  }
  const end = changes.length === 0 ? 'Nothing to change.' : planCount(changes, running);
  return [head, ...blocks, end].join('\n\n');
}

function planCount(changes: readonly PlannedChange[], running: boolean): string {
  const parts = tally(changes).map(([action, number]) => `${number} to ${action}`);
  return `${running ? '' : 'The lab is not running. '}${count(changes.length, 'change')}: ${parts.join(', ')}.`;
}

/** What `up` has done to a lab that ran already; of a new one only with `verbose`, which also tells what is not ours. */
export function upText(report: UpReport, style: ChangeStyle): string {
  const { lab, changes, created, unmanaged } = report;
  const blocks: string[] = [];
  if (changes.length > 0 && (!created || style.verbose)) blocks.push(`${changeLines(changes, style, created)}\n`);
  if (style.verbose && unmanaged.length > 0) {
    blocks.push([`${lab} also has, not from netlab:`, ...unmanaged.map((what) => `  ${what}`), ''].join('\n'));
  }
  return [...blocks, upLine(report, style.paint)].join('\n');
}

/** The one line that everyone reads. */
function upLine(report: UpReport, paint: Palette): string {
  const { lab, created, changes, nodes, bridges, links, processes, milliseconds } = report;
  const time = took(milliseconds);
  if (created) {
    const parts = [
      count(nodes, 'node'),
      ...(bridges > 0 ? [count(bridges, 'bridge')] : []),
      ...(links > 0 ? [count(links, 'link')] : []),
      ...(processes > 0 ? [count(processes, 'process')] : []),
    ];
    return `${paint.bold(lab)} is ${paint.green('up')}: ${parts.join(', ')} in ${time}`;
  }
  if (changes.length === 0) return `${paint.bold(lab)}: nothing to change (${count(nodes, 'node')} checked in ${time})`;
  const done = tally(changes).map(([action, number]) => `${number} ${SIGNS[action][2]}`);
  return `${paint.bold(lab)} is as the file says: ${done.join(', ')} in ${time}`;
}

/** What to type next in a lab that has just been made. */
export function nextSteps(lab: string, node: string | undefined, option: string, paint: Palette): string {
  const inNode = node === undefined ? [] : [[`netlab exec${option} ${node} -- ip address`, `a command in ${node}`]];
  const steps = [
    ...inNode,
    [`netlab status${option}`, 'interfaces, addresses, processes'],
    [`netlab down ${lab}`, 'take it away again'],
  ];
  const column = Math.max(...steps.map(([command]) => command?.length ?? 0)) + 3;
  return steps.map(([command = '', does = '']) => `  ${command.padEnd(column)}${paint.dim(does)}`).join('\n');
}

function tally(changes: readonly PlannedChange[]): (readonly [Action, number])[] {
  return ACTIONS.map((action) => [action, changes.filter((change) => change.action === action).length] as const).filter(
    ([, number]) => number > 0,
  );
}

/** The changes by node, in the order in which each node first appears. */
function changeLines(changes: readonly PlannedChange[], style: ChangeStyle, all: boolean): string {
  const nodes = groupBy(changes, ({ node }) => node);
  if (changes.length > MANY && !style.verbose) {
    const lines = [...nodes].map(([node, own]) => `${style.paint.bold(node)}  ${summary(own, style.paint)}`);
    return [...lines, style.paint.dim('(--verbose prints each)')].join('\n');
  }
  const blocks = [...nodes].map(([node, own]) =>
    [style.paint.bold(node), ...own.flatMap((change) => oneChange(change, style, all))].join('\n'),
  );
  return blocks.join('\n');
}

/** `+12 -1`: a node's changes in a plan too long to read. */
function summary(changes: readonly PlannedChange[], paint: Palette): string {
  return tally(changes)
    .map(([action, number]) => paint[SIGNS[action][1]](`${SIGNS[action][0]}${number}`))
    .join(' ');
}

/** `all`: everything is made anew, for one and the same reason, which needs no saying on each line. */
function oneChange(change: PlannedChange, { verbose, paint }: ChangeStyle, all: boolean): string[] {
  const { action, node, what, reason, differences, disturbs, at } = change;
  const [sign, color] = SIGNS[action];
  const from = differences.map((difference) => `${difference.field}: ${fromTo(difference)}`);
  // One difference stands on the line itself; several have a line each. A reason that repeats them says nothing more.
  const inline = from.length === 1 ? `  ${from[0]}` : '';
  const why = (all && action === 'create') || reason.includes(' → ') ? '' : paint.dim(`  (${reason})`);
  const where = verbose && at !== undefined ? paint.dim(`  ${at.line > 0 ? `${at.file}:${at.line}` : at.path}`) : '';
  return [
    `  ${paint[color](`${sign} ${action}`)} ${withoutNode(what, node)}${inline}${why}${where}`,
    ...(inline === '' ? from.map((line) => `      ${line}`) : []),
    ...(disturbs === undefined ? [] : [`      ${disturbs}`]),
  ];
}

function fromTo({ from, to }: Difference): string {
  return `${from ?? 'unset'} → ${to ?? 'unset'}`;
}

/** The node stands above already: of `address 10.0.0.1/24 on r1:eth0` remains `address 10.0.0.1/24 on eth0`. */
function withoutNode(what: string, node: string): string {
  for (const end of [`${node}:`, `${node}/`]) {
    for (const start of ['on ', 'link ', 'process ']) {
      const at = what.indexOf(start + end);
      if (at >= 0) return what.slice(0, at + start.length) + what.slice(at + start.length + end.length);
    }
  }
  const on = ` on ${node}`;
  if (what.endsWith(on)) return what.slice(0, -on.length);
  return what.replace(`${on} (`, ' (');
}
