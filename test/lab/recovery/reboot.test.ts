/** What is left under /run of a time before the machine was started again: it stands in nobody's way, and leads nobody astray. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { DoctorReport } from '../../../src/model/report.ts';
import {
  edited,
  isAlive,
  netlab,
  netnsOf,
  onFreshHost,
  places,
  probe,
  requireRoot,
  run,
  Scene,
  tempFolder,
} from '../../support/index.ts';

const LAB = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.9.0.2/24] } }, processes: { main: { command: [sleep, '30008'] } } }
  host:
    interfaces: { lab-a: { addresses: [10.9.0.1/24] } }
    routes: [{ to: 203.0.113.0/24, via: 192.0.2.1, dev: eth0 }]
    sysctls: { net.ipv4.conf.eth0.rp_filter: 2 }
    nat: [{ masquerade: { out: eth0, from: 10.9.0.0/24 } }]
links: [['a:eth0', 'host:lab-a']]
`;
const SETTING = '/proc/sys/net/ipv4/conf/eth0/rp_filter';

onFreshHost(import.meta.url, () => {
  describe('after a reboot', function () {
    this.timeout(120_000);
    let decoys: ChildProcess[] = [];
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'nftables NAT');
    });
    afterEach(forget);

    /** The other processes end, and the setting is what it was. */
    async function forget(): Promise<void> {
      const ends = decoys.map((child) => once(child, 'exit'));
      for (const child of decoys) child.kill('SIGKILL');
      await Promise.all(ends);
      decoys = [];
      writeFileSync(SETTING, '0');
    }

    /** Somebody else's process; with the very title of a keeper, it is still none. */
    function decoy(title: string): number {
      const child = spawn(process.execPath, [], { argv0: title, stdio: ['pipe', 'ignore', 'ignore'] });
      decoys.push(child);
      assert.ok(child.pid);
      return child.pid;
    }

    /** Brings the lab up, and leaves what is under /run as a reboot would find it, with its numbers given to other processes. */
    async function reboot(scene: Scene): Promise<number[]> {
      await scene.up();
      const { state, netns } = places();
      const [folder, saved] = [join(state, scene.name), join(tempFolder(), scene.name)];
      cpSync(folder, saved, { recursive: true, verbatimSymlinks: true });
      await scene.down();
      const others = [decoy('somebody'), decoy(`netlab-init keeper ${scene.name}`)];
      cpSync(saved, folder, { recursive: true, verbatimSymlinks: true });
      rmSync(join(folder, 'ctl'));
      symlinkSync(`/proc/${others[1]}/fd/7/${scene.name}.keeper`, join(folder, 'ctl'));
      symlinkSync(`/proc/${others[0]}/fd/12`, join(netns, `${scene.name}.a`));
      for (const [file, values] of [
        ['lab.json', { keeper: others[0] }],
        ['host.json', { boot: '11111111-2222-3333-4444-555555555555' }],
      ] as const) {
        const record = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object;
        writeFileSync(join(folder, file), JSON.stringify({ ...record, ...values }));
      }
      writeFileSync(join(folder, 'lock'), `${others[0]}\n`);
      // As /etc/sysctl.d has it now: what it was before the lab has no meaning any more.
      writeFileSync(SETTING, '2');
      return others;
    }

    const setting = (): string => readFileSync(SETTING, 'utf8').trim();

    it('`up` makes the lab anew, and `down` leaves what the machine has been started with', async () => {
      const scene = new Scene(LAB);
      const others = await reboot(scene);
      assert.equal((await scene.summary())?.state, 'dead');
      assert.equal((await scene.up()).created, true);
      await scene.assertNothingToDo();
      await scene.down();
      assert.equal(setting(), '2');
      assert.deepEqual(others.filter(isAlive), others);
      rmSync(join(places().state, scene.name), { recursive: true, force: true });
    });

    it('`down` removes it, and nothing else', async () => {
      const scene = new Scene(LAB);
      const others = await reboot(scene);
      // Somebody has since made what the lab had once.
      run('ip', ['route', 'add', '203.0.113.0/24', 'via', '192.0.2.1']);
      await scene.down();
      assert.equal(setting(), '2');
      assert.match(run('ip', ['route', 'show', '203.0.113.0/24']), /192\.0\.2\.1/);
      run('ip', ['route', 'del', '203.0.113.0/24']);
      assert.deepEqual(others.filter(isAlive), others);
      await forget();
      scene.assertHostAsBefore();
    });

    it('doctor tells of it, and --fix removes it', async () => {
      const scene = new Scene(edited(LAB, '30008', '30009'));
      const others = await reboot(scene);
      const report = async (...options: string[]): Promise<DoctorReport> =>
        JSON.parse((await netlab(['doctor', '--json', ...options])).stdout) as DoctorReport;
      const found = (await report()).leftovers.filter(({ lab }) => lab === scene.name);
      assert.deepEqual(
        found.map(({ removed }) => removed),
        [false],
      );
      assert.equal((await report('--fix')).leftovers.find(({ lab }) => lab === scene.name)?.removed, true);
      assert.deepEqual((await report()).leftovers, []);
      assert.deepEqual(others.filter(isAlive), others);
      assert.equal(setting(), '2');
      assert.deepEqual(netnsOf(scene.name), []);
      await forget();
      scene.assertHostAsBefore();
    });
  });
});
