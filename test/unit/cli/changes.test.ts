import assert from 'node:assert/strict';

import { nextSteps, planText, upText } from '../../../src/cli/changes.ts';
import { palette } from '../../../src/cli/color.ts';
import type { PlannedChange, PlanReport, UpReport } from '../../../src/model/report.ts';

const paint = palette(false);
const brief = { verbose: false, paint };
const verbose = { verbose: true, paint };
const missing = 'the file has it, the kernel does not';

const changes: readonly PlannedChange[] = [
  {
    action: 'create',
    kind: 'address',
    node: 'r1',
    what: 'address 10.0.0.1/24 on r1:eth0',
    reason: missing,
    differences: [],
    at: { file: 'a.yaml', line: 9, column: 4, path: 'nodes.r1' },
  },
  {
    action: 'update',
    kind: 'link',
    node: 'r2',
    what: 'link r2:eth0 (veth to r1:eth0)',
    reason: 'mtu 1500 → 1450, master unset → br0',
    differences: [
      { field: 'mtu', from: '1500', to: '1450' },
      { field: 'master', to: 'br0' },
    ],
  },
  {
    action: 'replace',
    kind: 'link',
    node: 'r2',
    what: 'link r2:vx0 (vxlan)',
    reason: 'it goes with r1:x',
    differences: [{ field: 'id', from: '1', to: '2' }],
  },
  {
    action: 'remove',
    kind: 'route',
    node: 'r1',
    what: 'route default on r1',
    reason: 'not in the file',
    differences: [],
  },
];
const plan: PlanReport = {
  lab: 'pair',
  file: 'a.yaml',
  running: true,
  changes,
  unmanaged: ['route 10.9.0.0/16 in r1'],
  warnings: [],
};
const up: UpReport = {
  lab: 'pair',
  file: 'a.yaml',
  created: true,
  changes,
  unmanaged: [],
  warnings: [],
  nodes: 2,
  bridges: 0,
  links: 1,
  processes: 0,
  milliseconds: 312,
};

describe('cli plan', () => {
  it('groups changes by node, gives reasons, and lists apart what is not ours', () => {
    assert.equal(
      planText(plan, brief),
      `pair  a.yaml

r1
  + create address 10.0.0.1/24 on eth0  (the file has it, the kernel does not)
  - remove route default  (not in the file)
r2
  ~ update link eth0 (veth to r1:eth0)
      mtu: 1500 → 1450
      master: unset → br0
  ± replace link vx0 (vxlan)  id: 1 → 2  (it goes with r1:x)

Not netlab's, and stays
  route 10.9.0.0/16 in r1

4 changes: 1 to create, 1 to update, 1 to replace, 1 to remove.`,
    );
  });

  it('does not repeat the node that stands above', () => {
    const line = (what: string): string | undefined =>
      planText({ ...plan, changes: [{ ...changes[3]!, what }] }, brief).split('\n')[3];
    assert.deepEqual(
      [
        'nat on r1 (2 rules)',
        'process r1/web',
        'bridge r1',
        'sysctl a = 1 on r1',
        'fdb 02:00 dst 1.2.3.4 on r1:vx',
      ].map(line),
      [
        '  - remove nat (2 rules)  (not in the file)',
        '  - remove process web  (not in the file)',
        '  - remove bridge r1  (not in the file)',
        '  - remove sysctl a = 1  (not in the file)',
        '  - remove fdb 02:00 dst 1.2.3.4 on vx  (not in the file)',
      ],
    );
  });

  it('says once, and not on each line, that the lab is not running', () => {
    const text = planText({ ...plan, running: false, changes: changes.slice(0, 1), unmanaged: [] }, brief);
    assert.equal(
      text,
      'pair  a.yaml\n\nr1\n  + create address 10.0.0.1/24 on eth0\n\nThe lab is not running. 1 change: 1 to create.',
    );
  });

  it('says that there is nothing to do', () => {
    assert.equal(planText({ ...plan, changes: [], unmanaged: [] }, brief), 'pair  a.yaml\n\nNothing to change.');
  });

  it('names the line that asks, with --verbose', () => {
    assert.match(planText(plan, verbose), /on eth0 {2}\(the file has it, the kernel does not\) {2}a\.yaml:9$/m);
  });

  it('of a large lab is one line a node, unless --verbose', () => {
    const many = Array.from({ length: 300 }, (_, i): PlannedChange => ({ ...changes[0]!, node: `n${i % 3}` }));
    const text = planText({ ...plan, running: false, changes: many, unmanaged: [] }, brief);
    assert.equal(
      text,
      `pair  a.yaml

n0  +100
n1  +100
n2  +100
(--verbose prints each)

The lab is not running. 300 changes: 300 to create.`,
    );
    assert.ok(planText({ ...plan, changes: many }, verbose).split('\n').length > 300);
  });

  it('colours by kind of change', () => {
    const colored = palette(true);
    const text = planText(plan, { verbose: false, paint: colored });
    assert.ok(text.includes(`  ${colored.green('+ create')} address`));
    assert.ok(text.includes(`  ${colored.red('- remove')} route`));
    assert.ok(text.includes(`  ${colored.yellow('~ update')} link`));
  });
});

describe('cli up', () => {
  it('counts what a new lab has, and leaves out what it has not', () => {
    assert.equal(upText(up, brief), 'pair is up: 2 nodes, 1 link in 0.31 s');
    assert.equal(
      upText({ ...up, nodes: 6, bridges: 1, links: 7, processes: 2, milliseconds: 12_400 }, brief),
      'pair is up: 6 nodes, 1 bridge, 7 links, 2 processes in 12.4 s',
    );
  });

  it('says that there was nothing to change', () => {
    const text = upText({ ...up, created: false, changes: [], nodes: 6, milliseconds: 120 }, brief);
    assert.equal(text, 'pair: nothing to change (6 nodes checked in 0.12 s)');
  });

  it('lists the changes of an edit as plan does', () => {
    assert.equal(
      upText({ ...up, created: false, changes: changes.slice(1, 2) }, brief),
      `r2
  ~ update link eth0 (veth to r1:eth0)
      mtu: 1500 → 1450
      master: unset → br0

pair is as the file says: 1 updated in 0.31 s`,
    );
  });

  it('tells more with --verbose', () => {
    const text = upText({ ...up, changes: changes.slice(0, 1), unmanaged: ['route x in r1'] }, verbose);
    assert.equal(
      text,
      `r1
  + create address 10.0.0.1/24 on eth0  a.yaml:9

pair also has, not from netlab:
  route x in r1

pair is up: 2 nodes, 1 link in 0.31 s`,
    );
  });

  it('says what to try next', () => {
    assert.equal(
      nextSteps('pair', 'a', ' -l pair', paint),
      `  netlab exec -l pair a -- ip address   a command in a
  netlab status -l pair                 interfaces, addresses, processes
  netlab down pair                      take it away again`,
    );
    assert.equal(nextSteps('pair', undefined, '', paint).split('\n').length, 2);
  });
});
