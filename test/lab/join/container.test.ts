/** A container of runc's that runs already, wired to a lab by its pid: a bridge port and a route to it, and all as before when the lab has gone. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';

import {
  assertPing,
  BUNDLE_SHIFT,
  busyboxRoot,
  probe,
  requireRoot,
  run,
  runcBundle,
  Scene,
  skip,
  tempFolder,
} from '../../support/index.ts';
import { Owner } from './owner.ts';

const KINDS = ['net', 'uts', 'ipc', 'mnt', 'pid', 'user', 'cgroup'];

const topology = (pid: number): string => `
nodes:
  web:
    interfaces: { eth0: { addresses: [10.70.0.1/24] } }
    routes: [{ to: 10.71.0.0/24, via: 10.70.0.2 }]
  db:
    join: { pid: ${pid} }
    interfaces:
      lab0: { addresses: [10.70.0.2/24] }
      lab1: { addresses: [10.71.0.1/24] }
    forwarding: { ipv4: true }
    sysctls: { net.ipv4.ip_default_ttl: 99 }
    firewall: { input: { rules: [{ drop: { in: lab0, proto: tcp, port: 99 } }] } }
  far:
    interfaces: { eth0: { addresses: [10.71.0.2/24] } }
    routes: [{ to: 10.70.0.0/24, via: 10.71.0.1 }]
bridges: { sw: { ports: ['web:eth0', 'db:lab0'] } }
links: [['far:eth0', 'db:lab1']]
`;

/** A container that sleeps, until it is disposed of. */
class Container implements Disposable {
  readonly name: string;
  readonly pid: number;
  readonly #root = join(tempFolder(), 'runc-joined');

  constructor(context: Mocha.Context, inUserNamespace: boolean) {
    this.name = `netlab-join-${process.pid}-${inUserNamespace}`;
    const root = busyboxRoot(context);
    if (inUserNamespace) run('chown', ['-R', `${BUNDLE_SHIFT}:${BUNDLE_SHIFT}`, root]);
    // Its output is a pipe of runc's caller, which must not be kept open.
    const sleep = ['/bin/sh', '-c', 'exec sleep 30073 >/dev/null 2>&1'];
    const args = ['run', '--detach', '--bundle', runcBundle(root, sleep, inUserNamespace), this.name];
    const { status, stderr } = spawnSync('runc', ['--root', this.#root, ...args], {
      encoding: 'utf8',
      // The container keeps what it is given.
      stdio: ['ignore', 'ignore', 'pipe'],
      timeout: 20_000,
    });
    if (status !== 0) skip(context, `runc cannot run here: ${stderr.trim().split('\n').at(-1)}`);
    this.pid = (JSON.parse(this.runc('state', this.name)) as { pid: number }).pid;
  }

  runc(...args: readonly string[]): string {
    return run('runc', ['--root', this.#root, ...args]);
  }

  [Symbol.dispose](): void {
    this.runc('delete', '--force', this.name);
  }
}

for (const inUserNamespace of [false, true]) {
  describe(`a container of runc's${inUserNamespace ? ' with a user namespace' : ''}`, function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'runc', 'veth', 'bridge', 'pid namespaces', 'nftables NAT');
    });

    it('is joined by its pid, reached, entered, and goes on as before', async function () {
      using container = new Container(this, inUserNamespace);
      const { pid } = container;
      await using owner = await Owner.of(pid);
      const before = owner.snapshot();
      const namespaces = KINDS.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`));
      {
        await using scene = new Scene(topology(pid));
        await scene.up();
        assertPing(scene.name, 'web', '10.70.0.2');
        assertPing(scene.name, 'web', '10.71.0.2');
        const inside = await scene.exec('db', ['ping', '-c', '1', '-w', '5', '10.70.0.1']);
        assert.equal(inside.code, 0, inside.stdout + inside.stderr);
        const line = `hostname; id -u; for k in ${KINDS.join(' ')}; do readlink /proc/self/ns/$k; done`;
        const entered = await scene.exec('db', ['sh', '-c', line]);
        assert.deepEqual(entered.stdout.trim().split('\n'), ['box', '0', ...namespaces]);
        assert.match(container.runc('exec', container.name, 'ip', 'address'), /inet 10.70.0.2\/24 .*lab0/);
        await scene.assertNothingToDo();
      }
      assert.equal((JSON.parse(container.runc('state', container.name)) as { status: string }).status, 'running');
      assert.deepEqual(
        KINDS.map((kind) => readlinkSync(`/proc/${pid}/ns/${kind}`)),
        namespaces,
      );
      assert.deepEqual(owner.snapshot(), before);
    });
  });
}
