import assert from 'node:assert/strict';

import type { PlanReport } from '../../../src/model/report.ts';
import { edited, inShort, ipJson, netlab, probe, requireRoot, run, Scene } from '../../support/index.ts';

const LAB = `
nodes:
  a:
    interfaces:
      eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'] }
      one: { type: vxlan, id: 1, link: eth0, local: 10.0.0.1, remote: 10.0.0.2 }
      six: { type: vxlan, id: 2, link: eth0, local: 'fd00::1', remote: 'fd00::2' }
      many: { type: vxlan, id: 3, link: eth0, local: 10.0.0.1, remote: 239.1.1.1 }
    fdb: [{ mac: '00:00:00:00:00:00', dev: one, dst: 10.0.0.3 }]
  b:
    interfaces:
      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] }
links: [['a:eth0', 'b:eth0']]
`;

describe('the remote of a vxlan', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'vxlan', 'ipv6');
    scene = new Scene(LAB, 'remote');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });

  /** Where each vxlan sends what it knows no better for, as bridge(8) has it. */
  const remotes = (): string[] => {
    const text = run('bridge', ['-n', `${scene.name}.a`, '-j', 'fdb', 'show']);
    const entries = JSON.parse(text) as { mac: string; ifname: string; dst?: string }[];
    return entries
      .flatMap(({ mac, ifname, dst }) => (mac === '00:00:00:00:00:00' ? [`${ifname} ${dst}`] : []))
      .toSorted();
  };
  const unmanaged = async (): Promise<readonly string[]> => {
    const { stdout } = await netlab(['plan', '--json', scene.file]);
    return (JSON.parse(stdout) as PlanReport).unmanaged;
  };

  it("is the link's own, though the kernel shows it as an entry of its table", async () => {
    assert.deepEqual(remotes(), ['many 239.1.1.1', 'one 10.0.0.2', 'one 10.0.0.3', 'six fd00::2']);
    assert.deepEqual(await unmanaged(), []);
    await scene.assertNothingToDo();
  });

  it('takes its entry along when it changes', async () => {
    const changes = await scene.become(edited(LAB, 'remote: 10.0.0.2', 'remote: 10.0.0.4'));
    assert.deepEqual(inShort(changes), ['update link a:one (vxlan): vxlan remote 10.0.0.2 → 10.0.0.4']);
    assert.deepEqual(remotes(), ['many 239.1.1.1', 'one 10.0.0.3', 'one 10.0.0.4', 'six fd00::2']);
    const [link] = ipJson<{ linkinfo: { info_data: { remote: string } } }>(scene.name, 'a', 'link', 'show', 'one');
    assert.equal(link?.linkinfo.info_data.remote, '10.0.0.4');
    await scene.become(LAB);
  });

  it("is told from somebody else's entry", async () => {
    const entry = ['00:00:00:00:00:00', 'dev', 'six', 'dst', 'fd00::3'];
    run('bridge', ['-n', `${scene.name}.a`, 'fdb', 'append', ...entry]);
    assert.deepEqual(await unmanaged(), ['fdb 00:00:00:00:00:00 dst fd00::3 on a:six']);
  });
});
