/** What a lab is like when a test fails, for whoever reads of that: state, routes, what its processes printed last. */
import { statusStyle, statusText } from '../cli/status.ts';
import { palette } from '../cli/color.ts';
import type { Lab } from '../lab.ts';
import { observeLab } from '../lab/observe.ts';
import { Session } from '../lab/session.ts';
import type { LabStatus } from '../model/report.ts';
import { describe } from '../resource/index.ts';

/** So many of the last lines of each process. */
const LINES = 10;
/** So many lines at most: a report is read by people. */
const MOST = 200;

/** Puts it below the stack of an error, where every reporter of mocha's shows it that prints failures at the end. */
export async function attach(error: Error, lab: Lab): Promise<void> {
  let text: string;
  try {
    text = await stateOf(lab);
  } catch (why) {
    // That the lab has gone may be why the test has failed.
    text = `The lab ${lab.name} cannot be looked at: ${why instanceof Error ? why.message : String(why)}`;
  }
  const lines = text.split('\n');
  const shown = lines.length <= MOST ? lines : [...lines.slice(0, MOST), `and ${lines.length - MOST} more lines`];
  error.stack = `${error.stack ?? `${error.name}: ${error.message}`}\n\n${shown.join('\n')}\n`;
}

async function stateOf(lab: Lab): Promise<string> {
  const status = await lab.status();
  const parts = [
    statusText(status, statusStyle({ verbose: false, paint: palette(false) })),
    routesOf(lab.name),
    await logsOf(lab, status),
  ];
  return [`The lab ${lab.name} when this failed:`, ...parts.filter((part) => part !== '')].join('\n\n');
}

/** Like `ip route` in each node, but for the networks of addresses. */
function routesOf(name: string): string {
  using session = Session.open(name);
  if (session === undefined) return '';
  const { resources } = observeLab(session, undefined, []);
  return resources.flatMap((each) => (each.kind === 'route' ? [describe(each)] : [])).join('\n');
}

async function logsOf(lab: Lab, { members }: LabStatus): Promise<string> {
  const parts: string[] = [];
  for (const { name, processes } of members) {
    for (const { name: process } of processes) {
      let printed = '';
      for await (const piece of lab.node(name).logs(process, { lines: LINES })) printed += piece;
      if (printed !== '') parts.push(`${name}/${process} printed:\n${printed.trimEnd().replaceAll(/^/gm, '  ')}`);
    }
  }
  return parts.join('\n\n');
}
