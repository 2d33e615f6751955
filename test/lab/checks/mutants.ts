/** Checks of which one expectation is wrong, made of checks that hold. */
import type { CheckDocument } from '../../../src/topology/document.ts';

type Body = Record<string, unknown>;

/** Nobody has it, and nothing leads there: TEST-NET-1. */
const NOBODY = '192.0.2.77';

/** What to make of the expectations of each kind, one at a time. */
const CHANGES: Readonly<Record<string, (body: Body) => Body[]>> = {
  ping: () => [{ to: NOBODY }],
  tcp: ({ to }) => [{ to: `${NOBODY}:80` }, { to: String(to).replace(/[0-9]+$/, '9') }],
  http: ({ url, status = 200, body = '' }) => [
    { status: Number(status) + 1 },
    { body: `${String(body)} but not this` },
    { url: String(url).replace(/^http:\/\/[^/:]+/, `http://${NOBODY}`) },
    { url: `${String(url).replace(/\/[^/]*$/, '')}/nothing/here` },
  ],
  exec: ({ exit = 0, stdout = '', stderr = '' }) => [
    { exit: (Number(exit) + 1) % 120 },
    { stdout: `${String(stdout)} but not this` },
    { stderr: `${String(stderr)} but not this` },
  ],
  route: () => [{ via: NOBODY }, { dev: 'nothing' }, { to: '192.0.2.0/25' }],
  reach: () => [{ to: [NOBODY] }],
  path: ({ from, via }) => {
    const nodes = via as readonly string[];
    return [
      { via: [...nodes, from] },
      { to: NOBODY },
      ...(nodes.length > 0 ? [{ via: nodes.slice(1) }, { via: nodes.slice(0, -1) }] : []),
      ...(nodes.length > 1 ? [{ via: nodes.toReversed() }] : []),
    ];
  },
  rtt: () => [
    { min: '10s', max: '11s' },
    { min: '0us', max: '1us' },
  ],
};

/** Each check with each of its expectations made wrong in turn; none of them may pass. */
export function mutantsOf(checks: readonly CheckDocument[]): CheckDocument[] {
  return checks.flatMap((check, i) => {
    const kind = Object.keys(CHANGES).find((each) => check[each] !== undefined);
    if (kind === undefined) throw new Error(`no mutants of ${JSON.stringify(check)}`);
    const flipped = { ...check, expect: check.expect === 'fail' ? 'pass' : 'fail' } as const;
    // Of what must not hold something else will not hold either.
    const changes = check.expect === 'fail' ? [] : CHANGES[kind]!(check[kind] as Body);
    const changed = changes.map((change) => ({ ...check, [kind]: { ...(check[kind] as Body), ...change } }));
    const mutants: readonly CheckDocument[] = [flipped, ...changed];
    return mutants.map((mutant, j) => ({
      ...mutant,
      name: `${i}.${j} ${JSON.stringify({ [kind]: mutant[kind], expect: mutant.expect })}`,
      within: '2s',
    }));
  });
}
