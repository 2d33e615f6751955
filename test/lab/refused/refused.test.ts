import assert from 'node:assert/strict';

import {
  dump,
  edited,
  has,
  isAlive,
  netnsOf,
  probe,
  processesOf,
  requireRoot,
  Scene,
  until,
} from '../../support/index.ts';
import type { Result } from '../../support/index.ts';
import { BASE, refused, REFUSALS } from './refusals.ts';
import type { Refusal } from './refusals.ts';

/** Exit code 1, the line that asked, the words of whoever refused. */
function assertSays({ code, stdout, stderr }: Result, place: string, says: readonly RegExp[]): void {
  assert.equal(code, 1, `${stdout}${stderr}`);
  assert.equal(stdout, '');
  const [position] = / *\S+\.yaml:\d+:\d+ .*/.exec(stderr.replaceAll(/^.*\n {2}warning:.*\n/gm, '')) ?? [];
  assert.ok(position?.includes(`.yaml:${place} `), `${position}\n  does not point at ${place}\n${stderr}`);
  for (const words of says) assert.match(stderr, words);
  assert.doesNotMatch(stderr, /internal error|\n {4}at /);
}

describe('what is refused in the middle of `up`', () => {
  let running: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nftables NAT', 'pid namespaces');
    running = new Scene(BASE, 'refused');
    await running.up();
  });
  after(async () => {
    await running?.[Symbol.asyncDispose]();
  });

  for (const [name, refusal] of Object.entries(REFUSALS)) {
    describe(name, () => {
      const { text, place } = refused(refusal);

      it('in a new lab: the lab is gone whole', async () => {
        await using scene = new Scene(text);
        const result = await scene.tryUp();
        assertSays(result, place, refusal.says);
        assert.match(result.stderr, /Everything that this run had done has been undone\./);
        scene.assertHostAsBefore();
      });

      it('in a running lab: it is as it was before', async () => {
        const before = { dump: dump(running.name), processes: processesOf(running.name) };
        running.write(text);
        const result = await running.tryUp();
        assertSays(result, place, refusal.says);
        assert.match(result.stderr, /Everything that this run had done has been undone\./);
        assert.deepEqual(dump(running.name), before.dump);
        assert.deepEqual(processesOf(running.name), before.processes);
        running.write(BASE);
        await running.assertNothingToDo();
      });
    });
  }

  it('comes back with the facts as JSON too', async () => {
    const { text } = refused(REFUSALS['a route of a scope that can have no gateway'] as Refusal);
    await using scene = new Scene(text);
    const { code, stdout } = await scene.tryUp(['--json']);
    assert.equal(code, 1);
    const { error } = JSON.parse(stdout) as { error: { code: string; undone: string; cause: { errno: string } } };
    assert.deepEqual([error.code, error.undone, error.cause.errno], ['ERR_APPLY', 'all', 'EINVAL']);
  });

  it('is left as it is with --keep, to look at it', async () => {
    const { text, place } = refused(REFUSALS['a process that listens nowhere'] as Refusal);
    await using scene = new Scene(text);
    const result = await scene.tryUp(['--keep']);
    assertSays(result, place, [/is kept as it is/]);
    assert.deepEqual(netnsOf(scene.name), ['a', 'b', 'c', 'lan', 'new']);
    assert.ok(Object.values(processesOf(scene.name)).includes('sleep 60001'));
    // What was wrong is mended, and nothing else is made again.
    const before = processesOf(scene.name);
    scene.write(BASE);
    await scene.up();
    await scene.assertNothingToDo();
    const kept = Object.entries(before).filter(([, line]) => line === 'sleep 60001');
    assert.deepEqual(
      Object.entries(processesOf(scene.name)).filter(([, line]) => line === 'sleep 60001'),
      kept,
    );
  });

  it('with --keep on a running lab: the next `up` needs only what is missing', async () => {
    const { text } = refused(REFUSALS['a route of a scope that can have no gateway'] as Refusal);
    await using scene = new Scene(BASE);
    await scene.up();
    scene.write(text);
    assert.equal((await scene.tryUp(['--keep'])).code, 1);
    scene.write(edited(text, ', scope: host', ''));
    await scene.up();
    await scene.assertNothingToDo();
    scene.write(BASE);
    await scene.up();
    await scene.assertNothingToDo();
  });

  it('brings back processes that had been ended and changed', async () => {
    await using scene = new Scene(BASE);
    await scene.up();
    const before = processesOf(scene.name);
    const { text } = refused(REFUSALS['a process that ends at once'] as Refusal);
    scene.write(
      edited(
        edited(text, '60001', '60011'),
        "      two: { command: [sleep, '60002'] }",
        '      three: { command: [sleep, "60022"] }',
      ),
    );
    assert.equal((await scene.tryUp()).code, 1);
    assert.deepEqual(Object.values(processesOf(scene.name)).toSorted(), Object.values(before).toSorted());
    scene.write(BASE);
    await scene.assertNothingToDo();
  });

  it('brings back a node that had been taken away, with all that stood in it', async () => {
    await using scene = new Scene(BASE);
    await scene.up();
    const before = dump(scene.name);
    const refusal = refused(REFUSALS['an IPv6 address where IPv6 is switched off'] as Refusal);
    // And one that changes: its PID 1 goes with its hostname.
    const text = edited(refusal.text, '    forwarding: true', '    hostname: another\n    forwarding: true');
    const without = [
      [/^ {2}c:\n(?: {4}.*\n)+/m, ''],
      [/'c:eth0', /, ''],
      [/'c:eth0'/, ''],
    ] as const;
    scene.write(without.reduce((text, [passage, replacement]) => text.replace(passage, replacement), text));
    const result = await scene.tryUp();
    assert.equal(result.code, 1, result.stderr);
    assert.match(result.stderr, /has been undone/);
    // Made anew: its devices have other indexes, and stand elsewhere in the list.
    const network = (of: typeof before): unknown =>
      Object.entries(of).map(([node, each]) => {
        const { addresses, routes, rules, nftables } = each as Record<string, unknown>;
        return { node, addresses, routes, rules, nftables };
      });
    assert.deepEqual(network(dump(scene.name)), network(before));
    for (const line of ['sleep 60001', 'sleep 60002']) assert.ok(Object.values(processesOf(scene.name)).includes(line));
    assert.equal((await scene.exec('a', ['hostname'])).stdout, 'a\n');
    scene.write(BASE);
    await scene.assertNothingToDo();
  });

  it('does not leave behind what a failed process had started', async function () {
    if (!has('pid namespaces')) this.skip();
    await using scene = new Scene(
      edited(
        BASE,
        '      one: {',
        "      bad: { command: 'sleep 60077 & sleep 60078 & echo up; wait', ready: { tcp: 81, timeout: 300ms } }\n      one: {",
      ),
    );
    const ended: number[] = [];
    const up = scene.tryUp();
    await until(() => {
      for (const [key, line] of Object.entries(processesOf(scene.name)))
        if (line.startsWith('sleep 6007')) ended.push(Number(key.split('@')[0]));
      return ended.length >= 2;
    });
    assert.equal((await up).code, 1);
    assert.ok(!ended.some(isAlive));
    scene.assertHostAsBefore();
  });
});
