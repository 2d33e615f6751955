/** The lab whose file the tests of this folder edit, and how they look at an edit. */
import assert from 'node:assert/strict';

import { dump, edited, ifindexes, inShort, probe, processesOf, requireRoot, Scene } from '../../support/index.ts';

// a:eth0 ─── eth0:b     a:br0 ── a:eth1 ─── eth0:c     b:eth1, c:eth1, d:eth0 on the bridge lan     a:vx0 over a:eth0
export const BASE = `
nodes:
  a:
    forwarding: true
    sysctls:
      net.ipv4.ip_default_ttl: 33
      net.ipv4.conf.eth0.rp_filter: 2
    interfaces:
      lo: { addresses: [10.255.0.1/32] }
      eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'], mac: '02:00:00:00:0a:00' }
      eth1: { mtu: 1400 }
      br0: { type: bridge, ports: [eth1], mac: '02:00:00:00:0a:b0', addresses: [10.1.0.1/24] }
      br1: { type: bridge, ports: [], addresses: [10.3.0.1/24] }
      vx0: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 4789, learning: false, addresses: [10.7.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.2 }
      - { to: 10.30.0.0/16, via: 10.0.0.2, metric: 50 }
      - { to: 'fd00:20::/64', via: 'fd00::2' }
      - { to: 10.40.0.0/16, type: blackhole }
      - { to: 10.70.0.0/16, via: 10.7.0.2, dev: vx0, onlink: true }
    rules:
      - { from: 10.99.0.0/16, table: 100, priority: 1000 }
    neighbors:
      - { to: 10.7.0.2, mac: '02:00:00:00:0b:07', dev: vx0 }
    fdb:
      - { mac: '02:00:00:00:0b:07', dev: vx0, dst: 10.0.0.2 }
    nat:
      - masquerade: { out: eth0, from: 10.1.0.0/24 }
      - dnat: { in: eth0, proto: tcp, port: 8080, to: '10.1.0.2:80' }
    processes:
      one: { command: [sleep, '10001'] }
      two: { command: [sleep, '10002'], env: { COLOUR: red } }
  b:
    interfaces:
      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] }
    processes:
      three: { command: [sleep, '10003'] }
  c:
    interfaces:
      eth0: { addresses: [10.1.0.2/24], mtu: 1400 }
    firewall:
      input:
        policy: drop
        rules:
          - accept: { state: [established, related] }
          - accept: { proto: icmp }
          - accept: { proto: tcp, port: 9000 }
  d:
    isolation: [net]
    processes:
      four: { command: [sleep, '10004'] }
bridges:
  lan: { ports: ['b:eth1', 'c:eth1', 'd:eth0'], subnet: 10.2.0.0/24 }
links:
  - ['a:eth0', 'b:eth0']
  - ['a:eth1', 'c:eth0']
`;

export interface Edit {
  /** What a person does to the file. */
  readonly edit: readonly (readonly [passage: string, replacement: string])[];
  /** All that `up` may change, in short; the order is netlab's own business. */
  readonly changes: readonly string[];
  /** Devices (`node:name`) that come, go or are made anew; all others keep their index. */
  readonly links?: readonly string[];
  /** Command lines of processes that come, go or start anew, with LAB for the lab's name; all others keep their pid. */
  readonly processes?: readonly string[];
  /** The kernel agrees: asked by tools that are not ours. */
  readonly kernel: (lab: string) => void | Promise<void>;
}

/** Describes edits of {@link BASE}: one `it` each, all on one lab that stays up. */
export function describeEdits(title: string, edits: Readonly<Record<string, Edit>>): void {
  describe(title, () => {
    let scene: Scene;
    let clean = true;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'vxlan', 'ipv6', 'nftables NAT', 'pid namespaces');
      scene = new Scene(BASE, 'edit');
      await scene.up();
    });
    after(async () => {
      await scene?.[Symbol.asyncDispose]();
    });

    for (const [name, { edit, changes, links = [], processes = [], kernel }] of Object.entries(edits)) {
      it(name, async () => {
        // What a test that failed has left.
        if (!clean) await scene.become(BASE);
        clean = false;
        const before = { dump: dump(scene.name), ...untouched(scene.name, links, processes) };

        const text = edit.reduce((text, [passage, replacement]) => edited(text, passage, replacement), BASE);
        assert.deepEqual(inShort(await scene.become(text)).toSorted(), changes.toSorted());
        await kernel(scene.name);
        await scene.assertNothingToDo();
        const { dump: _, ...kept } = before;
        assert.deepEqual(untouched(scene.name, links, processes), kept);

        // And back again, which is an edit too.
        await scene.become(BASE);
        await scene.assertNothingToDo();
        assert.deepEqual(untouched(scene.name, links, processes), kept);
        if (links.length === 0) assert.deepEqual(dump(scene.name), before.dump);
        clean = true;
      });
    }
  });
}

/** The indexes of the devices and the pids and start times of the processes that an edit leaves alone. */
function untouched(lab: string, links: readonly string[], processes: readonly string[]) {
  const indexes = Object.entries(ifindexes(lab)).filter(([name]) => !links.includes(name));
  const pids = Object.entries(processesOf(lab)).filter(([, line]) => !processes.includes(line.replace(lab, 'LAB')));
  return { indexes: Object.fromEntries(indexes), pids: Object.fromEntries(pids) };
}
