/** Keeps docs/errors.md true, both ways: every code stands there as the source has it, and nothing else does. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import * as errors from '../../src/errors.ts';
import type { ErrorCode } from '../../src/errors.ts';

const page = readFileSync(fileURLToPath(new URL('../../../docs/errors.md', import.meta.url)), 'utf8');

/** code → class, meaning, what to do. */
const rows = new Map(
  [...page.matchAll(/^\| `(ERR_\w+)` \| `(\w+)` \| (.+?) \| (.+?) \|$/gm)].map(
    ([, code, className, meaning, advice]) => [code!, { className: className!, meaning: meaning!, advice: advice! }],
  ),
);

/** One error of each class, as the source makes them. */
const samples: readonly errors.NetlabError[] = [
  new errors.TopologyError([
    { file: 'a.yaml', line: 3, column: 5, path: 'nodes.r1.mtu', message: 'found x', severity: 'error' },
    { file: 'a.yaml', line: 0, column: 0, path: '', message: 'is a directory', severity: 'warning' },
  ]),
  new errors.KernelError([
    { file: 'a.yaml', line: 3, column: 5, path: 'nodes.r1', message: 'no link type', severity: 'error' },
  ]),
  new errors.UsageError('no verb upp'),
  new errors.NetlinkError({ request: 'RTM_NEWLINK', errno: 'EINVAL', detail: 'mtu too big', attribute: 'IFLA_MTU' }),
  new errors.SystemError('setns', 'EPERM', 'network namespace'),
  new errors.ApplyError(
    'create link r1:eth0',
    { file: 'a.yaml', line: 3, column: 5, path: 'links[0]' },
    'all',
    new Error('no'),
  ),
  new errors.VerifyError(['route missing']),
  new errors.ProcessError('web/httpd', 'ended at once', ['boom']),
  new errors.SetupError('ip link', 'ended with 1', ['boom']),
  new errors.KeeperError('mount', '/proc', 'EPERM'),
  new errors.LabError('no lab pair'),
  new errors.ImageError('there is no tag "lates"', { file: 'a.yaml', line: 3, column: 5, path: 'nodes.r1.rootfs' }),
  new errors.HostError([
    { file: 'a.yaml', line: 3, column: 5, path: 'links[0][1]', message: 'taken', severity: 'error' },
  ]),
  new errors.LimitError('too low', [{ check: 'open files', found: '10, the lab takes 20', advice: 'raise it' }]),
  new errors.InterruptedError(),
];

const codes = Object.keys(errors.ERROR_CODES) as ErrorCode[];

describe('docs/errors.md', () => {
  for (const code of codes) {
    it(`has ${code} with the meaning of the source`, () => {
      assert.equal(rows.get(code)?.meaning, errors.ERROR_CODES[code]);
    });
  }

  it('has no code that the source lacks, in the same order', () => {
    assert.deepEqual([...rows.keys()], codes);
  });

  it('names the class that throws it', () => {
    assert.deepEqual(
      [...rows].map(([code, { className }]) => `${code} ${className}`),
      samples.map((error) => `${error.code} ${error.name}`),
    );
  });

  it('names every error class', () => {
    const classes = Object.entries<unknown>(errors)
      .filter(([, value]) => typeof value === 'function' && value.prototype instanceof errors.NetlabError)
      .map(([name]) => name);
    assert.deepEqual(new Set(classes), new Set([...rows.values()].map(({ className }) => className)));
  });
});

describe('errors', () => {
  it('name the place, then what happened', () => {
    const [topology, , , netlink, system, apply] = samples.map((error) => error.message);
    assert.equal(topology, 'a.yaml:3:5  nodes.r1.mtu\n  found x\na.yaml\n  warning: is a directory');
    assert.equal(netlink, 'the kernel refused RTM_NEWLINK: mtu too big (EINVAL) at IFLA_MTU');
    assert.equal(system, 'setns network namespace: EPERM');
    assert.equal(apply, 'a.yaml:3:5  links[0]\n  could not create link r1:eth0: no');
  });

  it('keep their cause', () => {
    const cause = new Error('no');
    assert.equal(new errors.ApplyError('create x', undefined, 'kept', cause).cause, cause);
  });
});
