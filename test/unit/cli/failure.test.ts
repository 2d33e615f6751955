import assert from 'node:assert/strict';

import { palette } from '../../../src/cli/color.ts';
import { exitCode, failure, type Circumstances } from '../../../src/cli/failure.ts';
import * as errors from '../../../src/errors.ts';

const usual: Circumstances = {
  failure: 1,
  usage: 'up [FILE]',
  root: true,
  debug: false,
  verbose: false,
  paint: palette(false),
};
const problems: errors.Problem[] = [
  { file: 'a.yaml', line: 4, column: 7, path: 'nodes.r1.mtuu', message: 'unknown key "mtuu"', severity: 'error' },
  { file: 'a.yaml', line: 0, column: 0, path: '', message: 'is odd', severity: 'warning' },
];
const place = { file: 'a.yaml', line: 3, column: 5, path: 'links[0]' };
const refused = new errors.NetlinkError({ request: 'RTM_NEWADDR', errno: 'EPERM' });

describe('cli failure', () => {
  for (const [error, plain, command] of [
    [new errors.TopologyError(problems), 2, 125],
    [new errors.UsageError('x'), 2, 125],
    [new errors.InterruptedError(), 130, 130],
    [new errors.LabError('x'), 1, 125],
    [new errors.ApplyError('x', undefined, 'all', refused), 1, 125],
    [new errors.VerifyError([]), 1, 125],
    [new errors.ProcessError('a/b', 'x'), 1, 125],
    [new errors.KeeperError('a', 'b', 'EPERM'), 1, 125],
    [new errors.SystemError('setns', 'EPERM'), 1, 125],
    [refused, 1, 125],
    [new TypeError('x'), 1, 125],
    ['a string', 1, 125],
  ] as const) {
    it(`${error instanceof Error ? error.name : 'anything thrown'} exits ${plain}; of exec ${command}`, () => {
      assert.deepEqual([exitCode(error), exitCode(error, 125)], [plain, command]);
    });
  }

  it('prints problems as they are', () => {
    const error = new errors.TopologyError(problems);
    const { text, json } = failure(error, usual);
    assert.equal(text, 'a.yaml:4:7  nodes.r1.mtuu\n  unknown key "mtuu"\na.yaml\n  warning: is odd');
    assert.deepEqual(json, { error: { code: 'ERR_TOPOLOGY', message: error.message, problems } });
  });

  it('colours only the position', () => {
    const paint = palette(true);
    const { text } = failure(new errors.TopologyError(problems), { ...usual, paint });
    assert.equal(text.split('\n')[0], `${paint.bold(paint.red('a.yaml:4:7'))}  nodes.r1.mtuu`);
    assert.equal(text.split('\n')[2], paint.bold(paint.yellow('a.yaml')));
  });

  it('prints the usage below a wrong use', () => {
    assert.equal(failure(new errors.UsageError('no'), usual).text, 'netlab: no\nusage: netlab up [FILE]');
  });

  it('says what became of the changes before a failed one', () => {
    const lines = (undone: errors.ApplyError['undone']): string[] =>
      failure(new errors.ApplyError('create link a:eth0', place, undone, new Error('no')), usual).text.split('\n');
    assert.deepEqual(lines('all'), [
      'a.yaml:3:5  links[0]',
      '  could not create link a:eth0: no',
      'Everything that this run had done has been undone.',
    ]);
    assert.equal(lines('kept')[2], 'What this run had done is kept as it is.');
    assert.equal(lines('nothing')[2], 'Nothing had been changed.');
    assert.match(lines('partly')[2] ?? '', /netlab down/);
    const aftermath = { undone: 'partly', left: ['link a:eth0: EBUSY'], restarted: ['a/web'] } as const;
    const whole = failure(new errors.ApplyError('x', undefined, aftermath, new Error('no')), usual).text.split('\n');
    assert.match(whole[1] ?? '', /Started again, with new pids: a\/web\.$/);
    assert.equal(whole[2], '  link a:eth0: EBUSY');
    const bare = failure(new errors.ApplyError('create link a:eth0', undefined, 'all', new Error('no')), usual);
    assert.equal(bare.text.split('\n')[0], 'netlab: could not create link a:eth0: no');
  });

  it('gives programs the facts', () => {
    const { json } = failure(new errors.ApplyError('create x', place, 'kept', refused), usual);
    assert.deepEqual(JSON.parse(JSON.stringify(json)), {
      error: {
        code: 'ERR_APPLY',
        message: 'a.yaml:3:5  links[0]\n  could not create x: the kernel refused RTM_NEWADDR: EPERM',
        change: 'create x',
        place,
        undone: 'kept',
        left: [],
        restarted: [],
        cause: { code: 'ERR_NETLINK', message: refused.message, request: 'RTM_NEWADDR', errno: 'EPERM' },
      },
    });
    const { json: system, text } = failure(new errors.SystemError('open', 'ENOENT', '/x'), usual);
    assert.equal(text, 'netlab: open /x: ENOENT, no such file or directory');
    assert.deepEqual(system, {
      error: { code: 'ERR_SYSTEM', message: 'open /x: ENOENT', call: 'open', errno: 'ENOENT', subject: '/x' },
    });
  });

  it('names root where root was missing, however deep', () => {
    const error = new errors.ApplyError('create x', undefined, 'all', refused);
    const last = (circumstances: Circumstances): string => failure(error, circumstances).text.split('\n').at(-1) ?? '';
    assert.equal(last({ ...usual, root: false }), 'netlab needs root for this: try it with sudo');
    assert.doesNotMatch(last(usual), /root/);
    const node = Object.assign(new Error("EACCES: permission denied, mkdir '/run/netlab'"), { code: 'EACCES' });
    assert.equal(
      failure(node, { ...usual, root: false }).text,
      "netlab: EACCES: permission denied, mkdir '/run/netlab'\nnetlab needs root for this: try it with sudo",
    );
  });

  it('has no stack trace but for NETLAB_DEBUG=1', () => {
    const error = new TypeError('x is undefined');
    const { text, json } = failure(error, usual);
    assert.match(text, /^netlab: internal error: x is undefined\n.*please report/);
    assert.doesNotMatch(text, / at /);
    assert.match(failure(error, { ...usual, debug: true }).text, /TypeError: x is undefined\n +at /);
    assert.deepEqual(json, { error: { code: 'ERR_INTERNAL', message: 'x is undefined' } });
  });

  it('tells the causes with --verbose', () => {
    const error = new errors.LabError('no state', { cause: new errors.SystemError('open', 'EIO', '/x') });
    assert.equal(failure(error, { ...usual, verbose: true }).text, 'netlab: no state\n  because: open /x: EIO');
  });
});
