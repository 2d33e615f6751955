/**
 * `plan --explain` of a topology that has one of everything, and of edits of a running lab: the script does what `up` does, and
 * `plan` finds nothing to do after it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';

import { edited, netlab, probe, requireRoot, ruleset, run, Scene, sysctl, tempFile } from '../../support/index.ts';
import { everything } from './everything.ts';
import { runApart } from './run-apart.ts';

const ALL = `name: rich
nodes:
  r1:
    forwarding: true
    sysctls: { net.ipv4.fib_multipath_hash_policy: 1, net.ipv4.conf.eth0.rp_filter: 2, net.ipv4.tcp_rmem: '4096 131072 6291456' }
    interfaces:
      lo: { addresses: [10.255.0.1/32, 'fd00:ff::1/128'] }
      eth0: { addresses: [10.0.0.1/24, 'fd00::1/64'], mac: '02:00:00:00:00:01', mtu: 1400 }
      eth1: { addresses: [10.0.1.1/24, 'fd00:1::1/64'] }
      'we$ird': { addresses: [10.0.9.1/24] }
      br0: { type: bridge, ports: [p0, vx6], stp: true, addresses: [10.9.9.1/24] }
      vx: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 8472, learning: false, addresses: [10.244.1.0/32] }
      vx6: { type: vxlan, id: 8, local: 'fd00::1', remote: 'fd00::2' }
    routes:
      - { to: 10.8.0.0/16, nexthops: [{ via: 10.0.0.2, weight: 1 }, { via: 10.0.1.2, weight: 2 }] }
      - { to: 'fd00:8::/64', nexthops: [{ via: 'fd00::2', weight: 3 }, { via: 'fd00:1::2' }] }
      - { to: 10.7.0.0/16, via: 10.0.0.2, metric: 100, mtu: 1300, src: 10.255.0.1 }
      - { to: 10.7.0.0/16, via: 10.0.1.2, metric: 200 }
      - { to: 10.6.0.0/16, type: blackhole }
      - { to: 10.6.0.0/17, type: unreachable, table: 100 }
      - { to: 10.6.128.0/17, type: prohibit }
      - { to: 10.5.0.0/16, type: throw, table: 100 }
      - { to: 'fd00:6::/64', type: blackhole }
      - { to: 'fd00:61::/64', type: unreachable, metric: 5 }
      - { to: 10.244.2.0/24, via: 10.244.2.0, dev: vx, onlink: true }
      - { to: default, via: 10.0.0.2, table: 70000 }
      - { to: default6, via: 'fd00::2' }
      - { to: 10.4.0.0/16, dev: eth1 }
      - { to: 10.3.0.0/16, dev: eth1, scope: host }
    rules:
      - { from: 10.1.0.0/16, table: 100, priority: 1000 }
      - { to: 10.2.0.0/16, iif: eth0, fwmark: 7, table: 70000 }
      - { from: 'fd00:9::/64', table: main }
      - { oif: 'we$ird', table: 100 }
    neighbors:
      - { to: 10.244.2.0, mac: '02:00:00:00:02:00', dev: vx }
      - { to: 'fd00::2', mac: '02:00:00:00:02:01', dev: eth0 }
    fdb:
      - { mac: '02:00:00:00:02:00', dev: vx, dst: 10.0.0.2 }
      - { mac: '00:00:00:00:00:00', dev: vx, dst: 10.0.0.2 }
      - { mac: '00:00:00:00:00:00', dev: vx, dst: 10.0.0.3 }
      - { mac: '02:00:00:00:02:09', dev: p0 }
    nat:
      - masquerade: { out: eth0, from: 10.244.0.0/16 }
      - snat: { out: 'we$ird', from: 10.1.0.0/17, to: 192.0.2.7 }
      - dnat: { in: eth0, proto: tcp, port: 8080, to: '10.244.1.2:80' }
      - dnat: { dest: 10.96.0.10, proto: udp, port: 53, to: '10.244.1.2:53' }
      - publish: { port: 81, to: '10.9.9.2:80' }
      - publish: { port: 82, proto: udp, to: '[fd00:1::2]:80' }
  r2:
    interfaces:
      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'], mtu: 1400 }
      eth1: { addresses: [10.0.1.2/24, 'fd00:1::2/64'] }
      eth3: { up: false }
links:
  - ['r1:eth0', 'r2:eth0']
  - ['r1:eth1', 'r2:eth1']
  - ['r1:we$ird', 'r2:w']
  - ['r1:p0', 'r2:eth3']
`;

/** Edits of ALL, as a person makes them: passages and what they become. */
const EDITS: readonly (readonly [what: string, ...passages: (readonly [passage: string, replacement: string])[]])[] = [
  [
    'links and addresses',
    ["'02:00:00:00:00:01', mtu: 1400", "'02:00:00:00:00:01', mtu: 1350"],
    [
      "interfaces:\n      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'], ",
      "interfaces:\n      eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'], mac: '02:00:00:00:00:77', ",
    ],
    ['addresses: [10.0.9.1/24]', 'addresses: [10.0.9.2/24, 10.0.9.3/24]'],
    ['eth3: { up: false }', 'eth3: {}'],
    ["  - ['r1:p0', 'r2:eth3']", "  - ['r1:p0', 'r2:eth3']\n  - ['r1:new', 'r2:new']"],
    ["  - ['r1:eth1', 'r2:eth1']\n  - ['r1:we$ird', 'r2:w']", "  - ['r1:eth1', 'r2:eth1']\n  - ['r1:we$ird', 'r2:v']"],
  ],
  [
    'routes, rules and neighbours',
    ['to: 10.7.0.0/16, via: 10.0.0.2, metric: 100', 'to: 10.7.0.0/16, via: 10.0.1.2, metric: 100'],
    ["      - { to: 'fd00:61::/64', type: unreachable, metric: 5 }\n", ''],
    ['      - { to: 10.6.0.0/17, type: unreachable, table: 100 }\n', ''],
    ['via: 10.0.1.2, weight: 2', 'via: 10.0.1.2, weight: 5'],
    ["{ from: 'fd00:9::/64', table: main }", "{ from: 'fd00:9::/64', table: 100 }"],
    ["{ to: 'fd00::2', mac: '02:00:00:00:02:01'", "{ to: 'fd00::2', mac: '02:00:00:00:02:07'"],
  ],
  ['a neighbour that goes', ["      - { to: 'fd00::2', mac: '02:00:00:00:02:01', dev: eth0 }\n", '']],
  [
    'forwarding entries, bridges and tunnels',
    ["      - { mac: '02:00:00:00:02:09', dev: p0 }\n", ''],
    ["      - { mac: '00:00:00:00:00:00', dev: vx, dst: 10.0.0.3 }\n", ''],
    ['stp: true', 'stp: false'],
    ['ports: [p0, vx6]', 'ports: [p0]'],
  ],
  [
    'addresses on which routes lean',
    ["eth1: { addresses: [10.0.1.1/24, 'fd00:1::1/64'] }", "eth1: { addresses: [10.0.1.11/24, 'fd00:1::11/64'] }"],
    ['lo: { addresses: [10.255.0.1/32,', 'lo: { addresses: [10.255.0.2/32,'],
    ['mtu: 1300, src: 10.255.0.1', 'mtu: 1300, src: 10.255.0.2'],
  ],
  [
    'a link under a tunnel that is made anew',
    ["  - ['r1:eth0', 'r2:eth0']", "  - ['r1:eth0', 'r2:eth7']"],
    [
      "eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'], mtu: 1400 }",
      "eth7: { addresses: [10.0.0.2/24, 'fd00::2/64'], mtu: 1400 }",
    ],
  ],
  [
    'a tunnel that goes, and the link under it that is made anew',
    ["  - ['r1:eth0', 'r2:eth0']", "  - ['r1:eth0', 'r2:eth7']"],
    [
      "eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'], mtu: 1400 }",
      "eth7: { addresses: [10.0.0.2/24, 'fd00::2/64'], mtu: 1400 }",
    ],
    [
      '      vx: { type: vxlan, id: 7, link: eth0, local: 10.0.0.1, port: 8472, learning: false, addresses: [10.244.1.0/32] }\n',
      '',
    ],
    ['      - { to: 10.244.2.0/24, via: 10.244.2.0, dev: vx, onlink: true }\n', ''],
    ["      - { to: 10.244.2.0, mac: '02:00:00:00:02:00', dev: vx }\n", ''],
    ["      - { mac: '02:00:00:00:02:00', dev: vx, dst: 10.0.0.2 }\n", ''],
    ["      - { mac: '00:00:00:00:00:00', dev: vx, dst: 10.0.0.2 }\n", ''],
    ["      - { mac: '00:00:00:00:00:00', dev: vx, dst: 10.0.0.3 }\n", ''],
  ],
  ['a tunnel that is made anew', ['id: 7, link: eth0', 'id: 9, link: eth0']],
];

/** Runs the script of what a scene's file now asks for, in the running lab. */
async function runExplained(scene: Scene): Promise<string> {
  const { stdout: script } = await netlab(['plan', '--explain', scene.file]);
  const { status, stderr } = spawnSync('sh', [tempFile(script, `${scene.name}.sh`)], { encoding: 'utf8' });
  assert.equal(status, 0, `${stderr}\n${script}`);
  return script;
}

describe('plan --explain', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'vxlan', 'nftables NAT', 'nft', 'ipv6');
  });

  it('of everything: the script gives the lab that up gives', async () => {
    await using scene = new Scene(ALL, 'all');
    const { code, stdout, stderr } = await netlab(['plan', '--explain', scene.file]);
    assert.equal(code, 0, stderr);
    const { made } = runApart(stdout, scene.name);
    await scene.up();
    assert.deepEqual(made, everything(scene.name));
  });

  for (const [what, ...passages] of EDITS) {
    it(`of an edit, ${what}: after the script there is nothing to do`, async () => {
      await using scene = new Scene(ALL, 'edit');
      await scene.up();
      scene.write(passages.reduce((text, [passage, replacement]) => edited(text, passage, replacement), ALL));
      const script = await runExplained(scene);
      const plan = await netlab(['plan', '--exit-code', scene.file]);
      assert.equal(plan.code, 0, `${plan.stdout}${plan.stderr}\n${script}`);
    });
  }

  // nft joins two comparisons that stand side by side into one, where netlab makes two: the same rule in other instructions.
  it('of an edit of nat: the ruleset that up gives', async () => {
    await using scene = new Scene(ALL, 'nat');
    await scene.up();
    scene.write(edited(ALL, 'publish: { port: 81', 'publish: { port: 91'));
    await runExplained(scene);
    const made = ruleset(scene.name, 'r1');
    await scene.up();
    assert.deepEqual(made, ruleset(scene.name, 'r1'));
    assert.match(JSON.stringify(made), /"right":91/);
  });

  it('of settings: one that goes is again what a fresh namespace has', async () => {
    await using scene = new Scene(ALL, 'settings');
    await scene.up();
    const mine = 'net.ipv4.conf.eth0.rp_filter: 2, net.ipv4.tcp_rmem:';
    scene.write(edited(edited(ALL, 'net.ipv4.fib_multipath_hash_policy: 1, ', ''), mine, 'net.ipv4.tcp_rmem:'));
    await runExplained(scene);
    const fresh = run('unshare', ['-n', 'sysctl', '-n', 'net.ipv4.fib_multipath_hash_policy']).trim();
    assert.equal(sysctl(scene.name, 'r1', 'net.ipv4.fib_multipath_hash_policy'), fresh);
    assert.equal(
      sysctl(scene.name, 'r1', 'net.ipv4.conf.eth0.rp_filter'),
      sysctl(scene.name, 'r1', 'net.ipv4.conf.default.rp_filter'),
    );
  });

  it('of a lab that is as its file says, has nothing in it', async () => {
    await using scene = new Scene(ALL, 'same');
    await scene.up();
    const { stdout } = await netlab(['plan', '--explain', scene.file]);
    const lines = stdout.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    assert.deepEqual(lines, ['set -e']);
  });

  it('gives the script to programs too', async () => {
    const { stdout } = await netlab(['plan', '--explain', '--json', tempFile(ALL)]);
    const { script, changes } = JSON.parse(stdout) as { script: string; changes: object[] };
    assert.match(script, /^#!\/bin\/sh\n# \d+ changes for the lab /);
    assert.ok(changes.length > 50);
  });

  it('lets no name of the file become a command', async () => {
    const file = tempFile(
      'name: quoting\nnodes:\n  a: { processes: { p: { command: "true\\nfalse $(reboot)" } } }\n  b: {}\nlinks:\n  - ["a:;$(id)", "b:`id`"]\n',
    );
    const { stdout, code, stderr } = await netlab(['plan', '--explain', file]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /link add name ';\$\(id\)' .* peer name '`id`' netns quoting\.b/);
    const bare = stdout.split('\n').filter((line) => !/^(#|$|set -e$|ip |mark=)/.test(line));
    assert.deepEqual(bare, []);
  });
});
