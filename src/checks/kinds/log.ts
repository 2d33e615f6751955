import { lastLines } from '../../process/logs.ts';
import { logFiles } from '../../lab/log-files.ts';
import { fails, holds, impossible, type Kind } from '../kind.ts';

/** What is looked through, from the end: a process may have printed for days. */
const LINES = 100_000;

/** A line that a process has printed, since its lab came up. Like `netlab logs NODE PROCESS | grep -E MATCH`. */
export const log: Kind<'log'> = {
  attempt({ on, process, match }, subject) {
    const path = logFiles(subject.lab, on).get(process);
    if (path === undefined) return impossible(`there is no log of the process ${process} of ${on}`);
    const pattern = new RegExp(match);
    const { lines } = lastLines(path, LINES);
    const line = lines.find((each) => pattern.test(each));
    if (line !== undefined) return holds(`it has printed ${JSON.stringify(line)}`);
    const last = lines.at(-1);
    return fails(
      `none of the ${lines.length} lines of ${on}/${process} matches ${match}${last === undefined ? '' : `; the last is ${JSON.stringify(last)}`}`,
    );
  },
  nodes: ({ on }) => [on],
};
