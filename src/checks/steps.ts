/** Steps: what is done to a lab, and checked meanwhile; and mended, whatever happens. */
import { InterruptedError, NetlabError } from '../errors.ts';
import { splitProcess } from '../model/process.ts';
import { controlProcesses } from '../lab/control.ts';
import { turnLinks } from '../lab/links.ts';
import { type Check, type CheckResult, type Claim, type NodeDiagnosis, type Step, stepWords } from '../model/check.ts';
import { judge } from './judge.ts';
import { unfit } from './kind.ts';
import { resultOf } from './result.ts';
import type { Subject } from './subject.ts';

/** What a step came to that was not as it should be. */
interface Fault {
  readonly saw: string;
  readonly diagnosis?: readonly NodeDiagnosis[];
}

/** Does one step after the other, up to the first that fails; then mends, and does what is to be done at the end. */
export async function takeSteps(
  check: Check,
  claim: Claim<'steps'>,
  subject: Subject,
  signal: AbortSignal,
): Promise<CheckResult> {
  const started = performance.now();
  const mending: Mending = { cut: [], stopped: [] };
  const faults: Fault[] = [];
  const take = async (steps: readonly Step[], where: string, until: AbortSignal): Promise<void> => {
    for (const [i, step] of steps.entries()) {
      const fault = await takeStep(step, subject, until, mending);
      if (fault === undefined) continue;
      faults.push({ ...fault, saw: `${where} ${i + 1}, ${stepWords(step)}: ${fault.saw}` });
      return;
    }
  };
  if (check.broken !== undefined) faults.push({ saw: unfit(check.broken) });
  else
    try {
      await take(claim.steps, 'step', signal);
    } finally {
      // Also after Ctrl-C: a lab that ran before goes on as it was.
      const calm = new AbortController().signal;
      await take(await mend(mending, subject, faults), 'mending, step', calm);
      await take(claim.mend, 'at the end, step', calm);
    }
  const [first] = faults;
  const saw = first === undefined ? `all ${claim.steps.length} steps` : faults.map((each) => each.saw).join('\n');
  return resultOf(check, { passed: first === undefined, saw, tries: 1 }, started, first?.diagnosis);
}

/** What has been done that has to be undone. */
interface Mending {
  readonly cut: string[];
  readonly stopped: string[];
}

async function takeStep(
  step: Step,
  subject: Subject,
  signal: AbortSignal,
  mending: Mending,
): Promise<Fault | undefined> {
  if (signal.aborted) throw new InterruptedError();
  try {
    switch (step.action) {
      case 'check': {
        const { passed, saw, diagnosis } = await judge(step.check, subject, signal);
        return passed ? undefined : { saw, ...(diagnosis === undefined ? {} : { diagnosis }) };
      }
      case 'link_down':
      case 'link_up': {
        if (step.action === 'link_down') mending.cut.push(...step.ends);
        await turnLinks(subject.lab, step.action === 'link_down' ? 'down' : 'up', step.ends);
        return undefined;
      }
      case 'stop':
      case 'start': {
        if (step.action === 'stop') mending.stopped.push(...step.processes);
        await controlProcesses(subject.lab, step.action, step.processes.map(splitProcess));
        return undefined;
      }
    }
  } catch (error) {
    if (error instanceof InterruptedError || !(error instanceof NetlabError)) throw error;
    return { saw: error.message };
  }
}

/** The steps that bring back what was. */
async function mend({ cut, stopped }: Mending, { lab }: Subject, faults: Fault[]): Promise<Step[]> {
  try {
    if (cut.length > 0) await turnLinks(lab, 'reset', [...new Set(cut)].toReversed());
  } catch (error) {
    if (!(error instanceof NetlabError)) throw error;
    faults.push({ saw: `${cut.join(', ')} could not be mended: ${error.message}` });
  }
  return stopped.length === 0 ? [] : [{ action: 'start', processes: [...new Set(stopped)] }];
}
