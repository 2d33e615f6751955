/** Labs of older and of newer versions: refused by every verb that would have to understand them, and taken down all the same. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { isAlive, netlab, onFreshHost, places, probe, requireRoot, run, Scene } from '../../support/index.ts';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/state/', import.meta.url));
const LAB = `
nodes:
  a: { interfaces: { eth0: { addresses: [10.9.0.2/24] } }, processes: { main: { command: [sleep, '30007'] } } }
  host:
    interfaces: { lab-a: { addresses: [10.9.0.1/24] } }
    routes: [{ to: 10.91.0.0/16, via: 10.9.0.2 }]
    sysctls: { net.ipv4.conf.eth0.rp_filter: 2 }
links: [['a:eth0', 'host:lab-a']]
`;

onFreshHost(import.meta.url, () => {
  describe('state of another version', function () {
    this.timeout(120_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth');
    });

    /** Both copies of a file, as another version would have written it. */
    function rewrite(scene: Scene, keeper: number, file: string, change: (record: object) => object): void {
      const text = readFileSync(join(places().state, scene.name, file), 'utf8');
      const other = JSON.stringify(change(JSON.parse(text) as object));
      for (const folder of [join(places().state, scene.name), `/proc/${keeper}/fd/7`])
        writeFileSync(join(folder, file), other);
    }

    async function assertRefused(scene: Scene, file: string, verbs: readonly string[][]): Promise<void> {
      for (const verb of verbs) {
        const { code, stderr } = await netlab(verb);
        assert.equal(code, verb[0] === 'exec' ? 125 : 1, `${verb.join(' ')}: ${stderr}`);
        assert.match(
          stderr,
          new RegExp(`${scene.name} was brought up by another version of netlab \\(its ${file} has version`),
        );
        assert.match(stderr, new RegExp(`netlab down ${scene.name}`));
      }
    }

    for (const version of [2, 99]) {
      it(`lab.json ${version}: no verb goes on with it, \`ls\` shows it, \`down\` ends it`, async () => {
        await using scene = new Scene(LAB);
        await scene.up();
        const keeper = (await scene.summary())?.keeper ?? 0;
        // What it says need not be anything that we understand.
        rewrite(scene, keeper, 'lab.json', (record) => ({ ...record, version, nodes: version === 99 ? [] : {} }));
        const { name, file } = scene;
        await assertRefused(scene, 'lab.json', [
          ['up', file],
          ['plan', file],
          ['status', '-l', name],
          ['exec', '-l', name, 'a', '--', 'true'],
          ['logs', '-l', name, 'a'],
          ['restart', '-l', name, 'a'],
        ]);
        assert.equal((await scene.summary())?.state, 'running');
        await scene.down();
        assert.equal(isAlive(keeper), false);
        scene.assertHostAsBefore();
      });
    }

    for (const [version, made] of [
      [1, undefined],
      [99, undefined],
      [99, 'in words that we do not know'],
    ] as const) {
      it(`host.json ${version}${made === undefined ? '' : ' of another layout'}: refused, and \`down\` takes back what it can`, async () => {
        await using scene = new Scene(LAB);
        await scene.up();
        const keeper = (await scene.summary())?.keeper ?? 0;
        rewrite(scene, keeper, 'host.json', (record) => ({
          ...record,
          version,
          ...(made === undefined ? {} : { made }),
        }));
        await assertRefused(scene, 'host.json', [
          ['up', scene.file],
          ['plan', scene.file],
        ]);
        // What hangs on the lab's own links goes with them; of what was set, only the record knows what it was.
        if (made !== undefined) {
          await scene.down();
          assert.equal(run('ip', ['route', 'show', '10.91.0.0/16']), '');
          writeFileSync('/proc/sys/net/ipv4/conf/eth0/rp_filter', '0');
        }
      });
    }

    it('what netlab 0.1 before this one left of a dead lab does not stop `up`, and `down` removes it', async () => {
      await using scene = new Scene(LAB);
      const folder = join(places().state, scene.name);
      mkdirSync(join(folder, 'nodes'), { recursive: true });
      const text = readFileSync(join(FIXTURES, 'lab-2.json'), 'utf8').replaceAll('LAB', scene.name);
      writeFileSync(join(folder, 'lab.json'), text);
      assert.equal((await scene.summary())?.state, 'dead');
      assert.equal((await scene.up()).created, true);
      await scene.assertNothingToDo();
      await scene.down();
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, 'lab.json'), text);
      await scene.down();
      scene.assertHostAsBefore();
    });
  });
});
