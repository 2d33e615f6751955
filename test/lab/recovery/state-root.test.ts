/** The folder of all labs' state, removed while a lab runs: with it goes what the keeper has mounted over it, with the files of nodes. */
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';

import { onFreshHost, probe, processesOf, requireRoot, Scene } from '../../support/index.ts';

const LAB = `
nodes:
  a:
    files: { /etc/motd: "one\\n" }
    processes: { idle: { command: [sleep, '70083'] } }
  b: {}
links: [{ endpoints: ['a:eth0', 'b:eth0'], subnet: 10.0.0.0/24 }]
`;

onFreshHost(import.meta.url, () => {
  it('a lab goes on without /run/netlab, and is edited; nothing of its files comes to stand on the machine', async function () {
    this.timeout(60_000);
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
    await using scene = new Scene(LAB, 'root');
    await scene.up();
    const before = processesOf(scene.name);
    for (const text of ['two', 'three']) {
      // As a person does who thinks that nothing runs.
      rmSync('/run/netlab', { recursive: true });
      scene.write(
        scene.text
          .replace(/files: .*/, `files: { /etc/motd: "${text}\\n" }`)
          .replace(
            'nodes:\n',
            `nodes:\n  ${text}: { interfaces: { lo: { addresses: [10.255.0.${text.length}/32] } } }\n`,
          ),
      );
      await scene.up();
      await scene.assertNothingToDo();
      const { stdout } = await scene.exec('a', ['cat', '/etc/motd', '/etc/hosts']);
      assert.match(stdout, new RegExp(`^${text}\n[^]*\\b${text}\\b`));
      // A PID 1 that starts now sees them, too.
      assert.match((await scene.exec(text, ['cat', '/etc/hosts'])).stdout, new RegExp(`\\b${text}\\b`));
      for (const name of ['hosts', 'hostname', 'files']) assert.ok(!existsSync(`/run/netlab/${name}`), name);
    }
    const now = processesOf(scene.name);
    for (const [pid, title] of Object.entries(before)) assert.equal(now[pid], title);
  });
});
