/**
 * netlab in mocha: a lab for each suite, up before its tests and down after them, whatever becomes of them; and when one fails, what the
 * lab was like stands below its error.
 *
 * ```ts
 * describe('the web server', () => {
 *   const lab = useLab('topologies/web.yaml');
 *   it('answers', async () => {
 *     assert.equal((await lab().node('client').fetch('http://web/')).status, 200);
 *   });
 * });
 * ```
 */
import { LabError, UsageError } from './errors.ts';
import type { Topology } from './lab/given.ts';
import { Lab } from './lab.ts';
import type { UpOptions } from './lab/up.ts';
import { attach } from './mocha/failure.ts';
import type { TopologyDocument } from './topology/language.ts';

/** How a suite has its lab. */
export interface SuiteOptions extends Omit<UpOptions, 'detach' | 'keep'> {
  /** How long `up`, and `down`, may take, in milliseconds; a minute unless said. Mocha's own timeouts are for the tests. */
  readonly timeout?: number;
  /** Whether a failing test's error gets the lab's state, routes and logs; it does unless this is false. */
  readonly diagnose?: boolean;
}

const TIMEOUT_MS = 60_000;
const DIAGNOSIS_MS = 10_000;

/**
 * Gives the suite in which it is called a lab of its own, under a name that no other suite has, be it in another process of `mocha --parallel`.
 * Returns a function that returns the lab, for its tests and hooks; the hooks of netlab come before those that are defined after it.
 * @throws UsageError outside of mocha, and at once for what is no topology at all; what {@link Lab.up} throws fails the suite's `before`.
 */
export function useLab(topology: Topology, options: SuiteOptions = {}): () => Lab {
  const { timeout = TIMEOUT_MS, diagnose = true, ...rest } = options;
  const { before, after, afterEach } = hooks();
  let lab: Lab | undefined;

  before('netlab up', async function () {
    this.timeout(timeout);
    lab = await Lab.up(topology, { ...rest, name: rest.name ?? (await uniqueName(topology)) });
  });
  afterEach('netlab diagnosis', async function () {
    const error: unknown = this.currentTest?.state === 'failed' ? this.currentTest.err : undefined;
    if (!diagnose || lab === undefined || !(error instanceof Error)) return;
    this.timeout(DIAGNOSIS_MS);
    await attach(error, lab);
  });
  after('netlab down', async function () {
    this.timeout(timeout);
    // What the kernel has still to free, nobody can reach any more: the next suite need not wait for that.
    await lab?.down({ wait: false });
    lab = undefined;
  });

  return () => {
    if (lab === undefined) throw new LabError('the lab of this suite is up in its tests and in its hooks alone');
    return lab;
  };
}

/** Mocha's, as they are now: its interface may be another one than BDD. */
function hooks(): Record<'before' | 'after' | 'afterEach', (title: string, fn: Mocha.AsyncFunc) => void> {
  const all = globalThis as Partial<typeof globalThis>;
  const [before, after, afterEach] = [
    all.before ?? all.suiteSetup,
    all.after ?? all.suiteTeardown,
    all.afterEach ?? all.teardown,
  ];
  if (before === undefined || after === undefined || afterEach === undefined)
    throw new UsageError('netlab/mocha is for tests that mocha runs: call useLab in a describe');
  return { before, after, afterEach };
}

let count = 0;

/** `web-1x7-2`: what the topology calls itself, this process, and a number. */
async function uniqueName(topology: Topology): Promise<string> {
  const own = `-${process.pid.toString(36)}-${(++count).toString(36)}`;
  const base = typeof topology === 'string' ? await Lab.nameOf(topology) : (plain(topology).name ?? 'lab');
  return `${base.slice(0, LONGEST - own.length).replace(/-+$/, '')}${own}`;
}

function plain(topology: Exclude<Topology, string>): TopologyDocument {
  return 'toJSON' in topology ? topology.toJSON() : topology;
}

/** Letters that the name of a lab may have. */
const LONGEST = 32;
