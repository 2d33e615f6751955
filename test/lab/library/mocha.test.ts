/** netlab/mocha: a lab for each suite, gone after it whatever becomes of its tests, and told of where one fails. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import {
  assertHostUnchanged,
  environmentOfOtherTests,
  hostSnapshot,
  type HostSnapshot,
  probe,
  requireRoot,
  tempFolder,
  uniqueLabName,
  until,
} from '../../support/index.ts';

const MOCHA = fileURLToPath(new URL('../../../../node_modules/mocha/bin/mocha.js', import.meta.url));
const LIBRARY = new URL('../../../src/mocha.js', import.meta.url).href;

/** A file of tests with one suite, which has a lab. Each test that begins adds a letter to `begun`. */
const spec = (name: string, begun: string, tests: string): string => `
import assert from 'node:assert/strict';
import { appendFileSync } from 'node:fs';
import { useLab } from ${JSON.stringify(LIBRARY)};

const topology = {
  name: ${JSON.stringify(name)},
  nodes: {
    a: {
      interfaces: { eth0: { addresses: ['10.0.0.1/24'] } },
      routes: [{ to: '10.9.0.0/16', via: '10.0.0.2' }],
      processes: { web: { command: 'echo hello from web; exec sleep 1000' } },
    },
    b: { interfaces: { eth0: { addresses: ['10.0.0.2/24'] } } },
  },
  links: [['a:eth0', 'b:eth0']],
};

describe('a suite', () => {
  const lab = useLab(topology);
  beforeEach(() => appendFileSync(${JSON.stringify(begun)}, 'x'));
  ${tests}
});
`;

const FOREVER =
  "it('goes on and on', async function () { this.timeout(0); await new Promise((done) => setTimeout(done, 60_000)); });";

describe('netlab/mocha', function () {
  this.timeout(60_000);
  let host: HostSnapshot;
  let name: string;
  let begun: string;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });
  beforeEach(() => {
    host = hostSnapshot();
    name = uniqueLabName();
    begun = join(tempFolder(), `${name}.begun`);
  });

  const labs = (): string[] =>
    existsSync('/run/netlab') ? readdirSync('/run/netlab').filter((each) => each.startsWith(`${name}-`)) : [];
  const assertNothingLeft = (): void => {
    assert.deepEqual(labs(), []);
    assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
  };

  function start(files: readonly string[], ...options: string[]): ChildProcess & { text: string } {
    const folder = tempFolder();
    const paths = files.map((tests, i) => {
      const path = join(folder, `${name}-${i}.test.mjs`);
      writeFileSync(path, spec(name, begun, tests));
      return path;
    });
    const child = spawn(process.execPath, [MOCHA, '--no-config', ...options, ...paths], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environmentOfOtherTests(),
      // In a group of its own, as a shell starts it.
      detached: true,
    });
    const out = Object.assign(child, { text: '' });
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (out.text += chunk.toString()));
    return out;
  }

  async function end(child: ChildProcess): Promise<number | NodeJS.Signals | null> {
    if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
    return child.exitCode ?? child.signalCode;
  }

  const tests = (): number => (existsSync(begun) ? readFileSync(begun, 'utf8').length : 0);

  it('gives each suite a lab, and tells of it below a failure; a test that throws or takes too long leaves nothing', async () => {
    const child = start([
      `it('passes', async () => { assert.equal((await lab().node('a').exec(['hostname'])).stdout, 'a\\n'); });
       it('throws', async () => { await lab().link('b:eth0').down(); throw new Error('of the test'); });
       it('takes too long', async function () { this.timeout(50); await new Promise((done) => setTimeout(done, 60_000).unref()); });
       it('ends the lab', async () => { await lab().down(); throw new Error('without a lab'); });`,
    ]);
    assert.equal(await end(child), 3, child.text);
    assert.match(child.text, /1 passing/);
    const [, , second = ''] = child.text.split(/^ {2}\d\) a suite/m);
    const [, first = ''] = child.text.split(/^ {2}\d\) a suite/m);
    assert.match(first, /Error: of the test/);
    assert.match(first, new RegExp(`The lab ${name}-\\w+-1 when this failed:`));
    assert.match(first, /b +eth0 +cut +10\.0\.0\.2\/24/);
    assert.match(first, /route 10\.9\.0\.0\/16 via 10\.0\.0\.2 dev eth0$/m);
    assert.match(first, /web printed:\n +hello from web/);
    assert.match(second, /Timeout of 50ms exceeded[\s\S]*The lab .* when this failed:/);
    assertNothingLeft();
  });

  it('fails a suite whose lab cannot be, with the reason, and returns no lab outside of tests', async () => {
    const child = start([
      "assert.throws(() => lab(), /up in its tests/); topology.nodes.a.routes[0].via = 'x'; it('is not run', () => {});",
    ]);
    assert.equal(await end(child), 1, child.text);
    assert.match(child.text, /nodes\.a\.routes\[0\]\.via/);
    assertNothingLeft();
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`leaves nothing when mocha gets ${signal}`, async () => {
      const child = start([FOREVER]);
      await until(tests);
      assert.equal(labs().length, 1);
      child.kill(signal);
      assert.equal(await end(child), signal, child.text);
      assertNothingLeft();
    });
  }

  it('has suites run side by side by `--parallel`, and leaves nothing, not even when that is interrupted', async () => {
    const quick = "it('passes', async () => { await lab().status(); });";
    const four = start([quick, quick, quick, quick], '--parallel', '--jobs', '2');
    assert.equal(await end(four), 0, four.text);
    assert.match(four.text, /4 passing/);
    assertNothingLeft();

    const child = start([FOREVER, FOREVER], '--parallel', '--jobs', '2');
    await until(() => tests() === 6, { what: 'both suites' });
    assert.equal(labs().length, 2);
    child.kill('SIGINT');
    await end(child);
    await until(() => labs().length === 0);
    assertNothingLeft();
  });
});
