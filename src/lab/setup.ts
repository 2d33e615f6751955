/** Commands that are run once in a node, when its network is ready and before its processes start. */
import { setMaxListeners } from 'node:events';

import { ApplyError, InterruptedError, SetupError } from '../errors.ts';
import type { Setup } from '../model/resource.ts';
import { groupsToJoin } from '../process/cgroup/node-groups.ts';
import { execArguments, execCapture, type ExecTarget } from '../process/exec.ts';
import type { Change } from '../reconcile/diff.ts';
import { asWritten } from '../resource/shell.ts';
import { netnsPath } from '../state/paths.ts';
import { writeRecord } from '../state/record.ts';
import { launchOf, prepareNodes } from './processes.ts';
import { environment, folderOf, rootEnvironment } from './programs.ts';
import type { Work } from './up.ts';

/** How long one command may take. */
const TIMEOUT_MS = 60_000;
/** How many nodes are set up side by side. */
const SIDE_BY_SIDE = 16;
const OUTPUT_LINES = 10;

/** Runs the lists of nodes in which they are new or have changed; each in order, the nodes side by side. Throws ApplyError. */
export async function runSetups(work: Work, changes: readonly Change[]): Promise<void> {
  const left = changes.filter(({ wanted }) => wanted?.kind === 'setup');
  if (left.length === 0) return;
  prepareNodes(work, new Set(left.map(({ wanted }) => wanted!.node)));
  const { journal, options, record } = work;
  const total = left.length;
  const failed = new AbortController();
  // As many commands listen to it as run side by side.
  setMaxListeners(SIDE_BY_SIDE + 1, failed.signal);
  options.signal?.addEventListener('abort', () => failed.abort(), { once: true });
  const setups: Record<string, Setup['commands']> = { ...record.during.setups };
  let done = 0;
  let failure: unknown;
  const worker = async (): Promise<void> => {
    for (let change = left.shift(); change !== undefined && !failed.signal.aborted; change = left.shift()) {
      const setup = change.wanted as Setup;
      journal.add(change);
      options.onProgress?.({ step: `setting up ${setup.node}`, done, total });
      try {
        await runSetup(work, setup, failed.signal);
      } catch (error) {
        if (!(error instanceof InterruptedError)) failure ??= error;
        failed.abort();
        return;
      }
      done += 1;
      // Written at once: what comes after may fail and be kept, and a second run of these commands would fail too.
      setups[setup.node] = setup.commands;
      writeRecord({ ...record.during, setups });
    }
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, worker));
  if (failure !== undefined) throw failure;
  if (failed.signal.aborted) throw new InterruptedError();
}

async function runSetup(work: Work, { node, commands, at }: Setup, signal: AbortSignal): Promise<void> {
  const { session, model } = work;
  const how = launchOf(work);
  const init = session.init(node);
  const target: ExecTarget = init === undefined ? { netns: netnsPath(session.lab, node) } : init.target;
  init?.close();
  const env = { ...environment(how, node), ...rootEnvironment(how.node(node)) };
  const groups = groupsToJoin(session.lab, node);
  for (const [i, command] of commands.entries()) {
    const argv = execArguments(target, command, { cwd: folderOf(how, { node }), endWithParent: true, groups });
    const { exitCode, stdout, stderr, timedOut } = await execCapture(argv, { timeout: TIMEOUT_MS, signal, env });
    if (exitCode === 0 && !timedOut) continue;
    const output = `${stdout}${stderr}`.split('\n').filter((line) => line.trim() !== '');
    const outcome = timedOut ? `had not ended after ${TIMEOUT_MS / 1000} s` : `ended with ${exitCode}`;
    const place = at === undefined ? undefined : model.locate([...at, i]);
    throw new ApplyError(
      `set up ${node}`,
      place,
      'kept',
      new SetupError(asWritten(command), outcome, output.slice(-OUTPUT_LINES)),
    );
  }
}
