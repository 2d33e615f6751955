/** A lab whose state folder is lost or damaged: its keeper knows all that is needed to show it, to go on with it and to take it down. */
import assert from 'node:assert/strict';
import { existsSync, readlinkSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import {
  describeAsNobody,
  isAlive,
  netlab,
  netnsOf,
  places,
  probe,
  processesOf,
  requireRoot,
  Scene,
  until,
  user,
} from '../../support/index.ts';
import { DAMAGES, identity } from './damage.ts';

const SERVE = `require('net').createServer((peer) => peer.pipe(peer)).listen(7777, () => console.log('ready'))`;
const CALL = `require('net').connect(7777, '10.0.0.2', () => console.log('ready')).resume()`;

const node = (program: string): string => JSON.stringify([process.execPath, '-e', program]);
const LAB = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24] } }
    sysctls: { net.ipv4.conf.eth0.rp_filter: 2 }
    setup: [touch /dev/shm/was-set-up]
    processes: { call: { command: ${node(CALL)}, ready: { log: ready }, after: [b/serve] } }
  b:
    interfaces: { eth0: { addresses: [10.0.0.2/24] } }
    isolation: [net]
    processes: { serve: { command: ${node(SERVE)}, ready: { log: ready } } }
links: [['a:eth0', 'b:eth0']]
`;

const TITLE = 'a running lab whose files are lost';
describe(TITLE, suite(Object.keys(DAMAGES)));
// What is in a file does not depend on whose it is; how the keeper is reached does.
describeAsNobody(
  TITLE,
  suite([
    'the state folder and all names are removed',
    'lab.json is of wrong types',
    'the link to the keeper is removed',
  ]),
);

function suite(damages: readonly string[]) {
  return function (this: Mocha.Suite) {
    this.timeout(180_000);
    let scene: Scene;
    let standing: object;
    let pids: number[];
    const folder = (): string => join(places().state, scene.name);
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'pid namespaces');
      scene = new Scene(LAB, 'lost');
      await scene.up();
      pids = (await scene.status()).members.flatMap(({ processes }) => processes.flatMap(({ pid }) => pid ?? []));
      assert.equal(pids.length, 2);
      standing = identity(scene, pids);
    });
    after(async () => {
      await scene?.[Symbol.asyncDispose]();
    });

    for (const what of damages) {
      it(`${what}: it is shown, and \`up\` disturbs nothing`, async () => {
        const was = await scene.status();
        DAMAGES[what]?.(folder(), scene.name);
        assert.deepEqual(withoutTime(await scene.status()), withoutTime(was));
        const { changes } = await scene.up();
        // Names are the lab's, and told of; the other files are netlab's own.
        const named = what.includes('names') ? ['node a', 'node b'] : [];
        const told = changes.map((change) => ({
          what: change.what,
          fields: change.differences.map(({ field }) => field),
        }));
        assert.deepEqual(
          told,
          named.map((node) => ({ what: node, fields: ['name'] })),
        );
        assert.deepEqual(identity(scene, pids), standing);
        assert.deepEqual(netnsOf(scene.name), ['a', 'b']);
        assert.match(
          readlinkSync(join(folder(), 'ctl')),
          new RegExp(`^/proc/${was.keeper}/fd/\\d+/${scene.name}.keeper$`),
        );
        assert.deepEqual(
          ['lab.json', 'lock', 'logs'].filter((name) => !existsSync(join(folder(), name))),
          [],
        );
      });
    }

    it('every verb finds it by its keeper: ls, exec, plan, logs, stop and start', async () => {
      rmSync(folder(), { recursive: true });
      assert.equal((await scene.summary())?.state, 'running');
      assert.equal((await scene.exec('a', ['echo', 'hello'])).stdout, 'hello\n');
      assert.equal((await scene.exec('b', ['echo', 'hello'])).stdout, 'hello\n');
      await scene.assertNothingToDo();
      // Their files have no name any more, and are open still.
      for (const [at, name] of [
        ['a', 'call'],
        ['b', 'serve'],
      ] as const) {
        const { code, stdout, stderr } = await netlab(['logs', '-l', scene.name, at, name]);
        assert.deepEqual([code, stdout], [0, 'ready\n'], stderr);
      }
      const { code, stderr } = await netlab(['restart', '-l', scene.name, 'a']);
      assert.equal(code, 0, stderr);
      assert.equal((await netlab(['logs', '-l', scene.name, 'a', 'call'])).stdout, 'ready\n');
      await scene.up();
    });

    it('`down` leaves nothing of it', async () => {
      for (const damage of [
        'the state folder and all names are removed',
        'lab.json is of wrong types',
        'the link to the keeper is something else',
      ]) {
        await scene.up();
        const alive = Object.keys(processesOf(scene.name)).map((id) => Number(id.split('@')[0]));
        assert.ok(alive.length > 2);
        DAMAGES[damage]?.(folder(), scene.name);
        if (user() === 'nobody') rmSync(places().state, { recursive: true });
        assert.match((await scene.down()).stdout, /is down/);
        assert.deepEqual(alive.filter(isAlive), []);
        scene.assertHostAsBefore();
      }
    });

    it('and its keeper killed with it: `up` makes it anew, `down` leaves nothing', async () => {
      await scene.up();
      const keeper = (await scene.summary())?.keeper;
      assert.ok(keeper);
      rmSync(folder(), { recursive: true });
      process.kill(keeper, 'SIGKILL');
      await until(() => !isAlive(keeper));
      assert.equal((await scene.up()).created, true);
      await scene.assertNothingToDo();
      assert.equal(netnsOf(scene.name).length, 2);
    });
  };
}

function withoutTime(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each: unknown) => (key === 'uptimeSeconds' ? undefined : each)));
}
