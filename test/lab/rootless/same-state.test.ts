import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';

import type { LabStatus } from '../../../src/model/report.ts';
import { describeAsNobody, dump, probe, provideRoots, requireRoot, Scene, TOPOLOGIES } from '../../support/index.ts';

/** What a lab is, without what differs from one `up` to the next: its name, pids, times, and where its files are. */
function steady(scene: Scene, status: LabStatus): unknown {
  const changing = /^(pid|keeper|since|started|uptimeSeconds|netns|log|file|lab|mac)$/;
  const text = JSON.stringify(status.members, (key, value: unknown) => (changing.test(key) ? undefined : value));
  return JSON.parse(withoutChance(text.replaceAll(scene.name, 'LAB')));
}

/** MACs that no file gives come from the kernel's dice, and with them link-local addresses, groups and the names of bridges. */
function withoutChance(text: string): string {
  return text
    .replaceAll(/fe80::[0-9a-f:]+/g, 'fe80::')
    .replaceAll(/[0-9a-f]{4}\.(?=[0-9a-f]*:)/g, '')
    .replaceAll(/\b(?!02:00:00:00)[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}\b/g, 'MAC');
}

interface Seen {
  readonly status: unknown;
  readonly kernel: unknown;
}

/** The lab of a topology as `status` has it, and as `ip`, `bridge` and `nft` do. */
async function look(scene: Scene): Promise<Seen> {
  await scene.up();
  const text = withoutChance(JSON.stringify(dump(scene.name)));
  const kernel = JSON.parse(text, (key, value: unknown) =>
    // Entries were in the order of their MACs.
    key === 'fdb' ? [...new Set(value as string[])].toSorted() : key === 'link_netnsid' ? undefined : value,
  ) as unknown;
  return { status: steady(scene, await scene.status()), kernel };
}

describe('as root and as an ordinary user', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'nftables NAT', 'pid namespaces', 'ipv6', 'user namespaces of nobody');
  });

  const names = readdirSync(TOPOLOGIES)
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => file.replace('.yaml', ''));
  const needsRoot = (name: string): boolean =>
    /^host-|internet/.test(name) || /^\s*limits:/m.test(readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8'));
  const rootless = names.filter((name) => !needsRoot(name));
  const seen = new Map<string, Seen>();

  for (const name of rootless) {
    it(`root's lab of ${name}.yaml`, async function () {
      provideRoots(this, readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8'));
      await using scene = new Scene(readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8'), name);
      seen.set(name, await look(scene));
    });
  }

  describeAsNobody('is the same', () => {
    for (const name of rootless) {
      it(`lab of ${name}.yaml`, async function () {
        provideRoots(this, readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8'));
        await using scene = new Scene(readFileSync(`${TOPOLOGIES}${name}.yaml`, 'utf8'), name);
        const now = await look(scene);
        assert.deepEqual(now.status, seen.get(name)?.status);
        assert.deepEqual(now.kernel, seen.get(name)?.kernel);
      });
    }
  });
});
