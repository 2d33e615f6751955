/** Topologies that are programs, and what they do besides. */
import assert from 'node:assert/strict';

import { netlab, tempFile } from '../../support/index.ts';

const validate = (text: string, ...options: string[]) => netlab(['validate', ...options, tempFile(text, 'lab.mjs')]);

describe('cli: a topology that is a program', function () {
  this.timeout(30_000);

  it('may print: it is not mixed into the results', async () => {
    const program = `console.log('so far'); process.stdout.write('so good\\n'); export default { nodes: { a: {} } };`;
    const { code, stdout, stderr } = await validate(program, '--json');
    assert.equal(code, 0);
    assert.equal((JSON.parse(stdout) as { valid: boolean }).valid, true);
    assert.equal(stderr, 'so far\nso good\n');
  });

  for (const [what, program] of [
    ['ends the process', 'process.exit(3)'],
    ['waits for what never comes', 'export default () => new Promise(() => {})'],
    ['waits so while it is loaded', 'await new Promise(() => {})'],
  ] as const) {
    it(`is told of when it ${what}`, async () => {
      const { code, stdout, stderr } = await validate(program);
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(
        stderr,
        /lab\.mjs\n {2}this program ended netlab: it calls process\.exit, or waits for what never comes\n/,
      );
    });
  }
});

describe('cli: --strict', () => {
  const LAB = 'nodes: { a: { interfaces: { eth0: { mtu: 1400 } } }, b: {} }\nlinks: [["a:eth0", "b:eth0"]]\n';

  it('says that it is the reason', async () => {
    const file = tempFile(LAB);
    assert.deepEqual((await netlab(['validate', file])).stdout, `${file}: ok, 1 warning\n`);
    const strict = await netlab(['validate', '--strict', file]);
    assert.deepEqual([strict.code, strict.stdout], [2, `${file}: 1 warning, and --strict takes warnings for errors\n`]);
    for (const verb of ['up', 'plan']) {
      const { code, stderr } = await netlab([verb, '--strict', file]);
      assert.equal(code, 2);
      assert.match(stderr, /\n {2}warning: .*\nnetlab: --strict takes warnings for errors\n$/);
    }
  });
});
