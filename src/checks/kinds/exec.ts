import { cut } from '../../model/text.ts';
import type { ExecResult } from '../../process/exec.ts';
import { fails, holds, impossible, type Kind, undecided } from '../kind.ts';

/** What a report shows of a command's output. */
const SHOWN = 300;

/** How a shell, and netlab-init, say that a command could not be run. */
const NOT_RUN: Readonly<Record<number, string>> = {
  125: 'netlab could not run it',
  126: 'it cannot be executed',
  127: 'there is no such command',
};

/** A command in a node, like `netlab exec NODE -- COMMAND…`. */
export const exec: Kind<'exec'> = {
  async attempt({ on, command, exit, stdout, stderr }, subject, { timeout, signal }) {
    const result = await subject.node(on).exec(command, { timeout: Math.max(1, timeout), signal });
    const { exitCode, timedOut } = result;
    if (timedOut) return undecided(`it had not ended after ${Math.round(timeout)} ms${printed(result)}`);
    const reason = NOT_RUN[exitCode];
    if (reason !== undefined && exitCode !== exit)
      return impossible(`${reason} (exit code ${exitCode})${printed(result)}`);
    if (exitCode !== exit) return fails(`it ended with ${exitCode}, not ${exit}${printed(result)}`);
    for (const [name, wanted] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      if (wanted !== undefined && !result[name].includes(wanted))
        return fails(`it ended with ${exitCode}, and its ${name} has no ${JSON.stringify(wanted)}${printed(result)}`);
    }
    return holds(`it ended with ${exitCode}${printed(result)}`);
  },
  unhurried: true,
  nodes: ({ on }) => [on],
};

function printed({ stdout, stderr }: ExecResult): string {
  const text = [stdout, stderr].map((each) => each.trim()).filter((each) => each !== '');
  if (text.length === 0) return '; it printed nothing';
  return `; it printed ${JSON.stringify(cut(text.join('\n'), SHOWN))}`;
}
