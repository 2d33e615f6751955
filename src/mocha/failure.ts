/** What a lab is like when a test fails, for whoever reads of that: its state, and what `netlab test` tells of each node. */
import { diagnose } from '../checks/diagnosis.ts';
import { Subject } from '../checks/subject.ts';
import { palette } from '../cli/color.ts';
import { statusStyle, statusText } from '../cli/status.ts';
import type { Lab } from '../lab.ts';
import type { NodeDiagnosis } from '../model/check.ts';

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
  using subject = Subject.open(lab.name);
  const nodes = diagnose(
    subject,
    status.members.flatMap(({ name, role }) => (role === 'node' ? [name] : [])),
  );
  const style = statusStyle({ verbose: false, paint: palette(false) });
  return [`The lab ${lab.name} when this failed:`, statusText(status, style), ...nodes.map(nodeText)].join('\n\n');
}

function nodeText({ node, routes, neighbours, logs }: NodeDiagnosis): string {
  const printed = Object.entries(logs).filter(([, lines]) => lines.length > 0);
  return [
    node,
    ...indented(routes),
    ...indented(neighbours),
    ...printed.flatMap(([process, lines]) => [`  ${process} printed:`, ...indented(indented(lines))]),
  ].join('\n');
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}
