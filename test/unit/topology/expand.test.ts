import assert from 'node:assert/strict';
import { defaultMac, linkLocalPrefix } from '../../../src/model/mac.ts';
import type { Resource, ResourceKind } from '../../../src/model/resource.ts';
import { loadTopologyText, type LoadedTopology } from '../../../src/topology/load.ts';

const load = (text: string): LoadedTopology => loadTopologyText(text, 'lab.yaml', { env: {} });

/** The resources of a kind without where they come from. */
function of<K extends ResourceKind>(
  text: string,
  kind: K,
  node?: string,
): Omit<Extract<Resource, { kind: K }>, 'at' | 'kind'>[] {
  return load(text)
    .model.resources.filter((one): one is Extract<Resource, { kind: K }> => one.kind === kind)
    .filter((one) => node === undefined || one.node === node)
    .map(({ at: _at, kind: _kind, ...rest }) => rest);
}

/** `node:name` or what else a test compares of each resource, as one word. */
const addresses = (text: string, node?: string): string[] =>
  of(text, 'address', node).map(({ node: on, link, prefix }) => `${on}:${link} ${prefix}`);

describe('namespaces', () => {
  it('stand for nodes in file order, then for bridges', () => {
    const text = 'bridges: { lan: { ports: [b] } }\nnodes: { b: { hostname: bee, isolation: [pid, net] }, a: ~ }\n';
    assert.deepEqual(of(text, 'namespace'), [
      { node: 'b', role: 'node', hostname: 'bee', isolation: ['net', 'pid'] },
      { node: 'a', role: 'node', hostname: 'a', isolation: ['net', 'uts', 'mnt', 'pid', 'ipc'] },
      { node: 'lan', role: 'bridge', hostname: 'lan', isolation: ['net'] },
    ]);
    assert.deepEqual(
      load(text)
        .model.resources.slice(0, 3)
        .map(({ kind }) => kind),
      Array(3).fill('namespace'),
    );
  });
});

describe('links', () => {
  //  a ── x ───── y ── b
  it('are veth pairs that know each other, with a loopback in every namespace', () => {
    assert.deepEqual(of('nodes: { a: {}, b: {} }\nlinks: [{ endpoints: ["a:x", "b:y"], mtu: 1400 }]', 'link'), [
      { node: 'a', name: 'lo', type: 'loopback', up: true },
      { node: 'a', name: 'x', type: 'veth', up: true, mtu: 1400, peer: { node: 'b', link: 'y' } },
      { node: 'b', name: 'lo', type: 'loopback', up: true },
      { node: 'b', name: 'y', type: 'veth', up: true, mtu: 1400, peer: { node: 'a', link: 'x' } },
    ]);
  });

  it('take what the interface says before what the link and the defaults say', () => {
    const text = `
defaults: { link: { mtu: 1300 } }
nodes:
  a: { interfaces: { x: { mtu: 1200, mac: "02-00-00-00-00-0A", up: false } } }
  b: {}
links: [["a:x", "b:x"], { endpoints: ["a:y", "b:y"], mtu: 1400 }]
`;
    const links = of(text, 'link').filter(({ type }) => type === 'veth');
    assert.deepEqual(
      links.map(({ node, name, mtu, mac, up }) => [node, name, mtu, mac, up]),
      [
        ['a', 'x', 1200, '02:00:00:00:00:0a', false],
        ['a', 'y', 1400, undefined, true],
        ['b', 'x', 1300, undefined, true],
        ['b', 'y', 1400, undefined, true],
      ],
    );
  });

  //  pc1 ── eth0 ─┐        ┌─ eth0 ── gw
  //               ├─ lan ──┤
  //  pc2 ── eth0 ─┘        └─ eth1 ── gw
  it('join a bridge of the file in its own namespace, its ports named for the nodes', () => {
    const text =
      'nodes: { pc1: {}, pc2: {}, gw: {} }\nbridges: { lan: { ports: ["pc1:eth0", pc2, gw, "gw:eth0"], mtu: 1400, stp: true } }';
    assert.deepEqual(of(text, 'link', 'lan').slice(0, 3), [
      { node: 'lan', name: 'lo', type: 'loopback', up: true },
      { node: 'lan', name: 'lan', type: 'bridge', up: true, mtu: 1400, bridge: { stp: true, vlanFiltering: false } },
      {
        node: 'lan',
        name: 'pc1',
        type: 'veth',
        up: true,
        mtu: 1400,
        master: 'lan',
        peer: { node: 'pc1', link: 'eth0' },
      },
    ]);
    const ports = of(text, 'link', 'lan').slice(2);
    // "gw" alone takes eth1: eth0 is given to another port by name.
    assert.deepEqual(
      ports.map(({ name, peer }) => `${name} ${peer?.node}:${peer?.link}`),
      ['pc1 pc1:eth0', 'pc2 pc2:eth0', 'gw-eth1 gw:eth1', 'gw-eth0 gw:eth0'],
    );
    assert.ok(
      of(text, 'link', 'gw')
        .slice(1)
        .every(({ mtu }) => mtu === 1400),
    );
  });

  it('take the next free ethN over all bridges, and the one that interfaces describes', () => {
    const text = `
nodes: { gw: { interfaces: { eth1: { addresses: [10.0.0.1/24] }, eth2: { type: bridge } } } }
bridges: { a: { ports: [gw] }, b: { ports: [gw] }, c: { ports: [gw, "gw:eth0"] } }
`;
    const peers = ['a', 'b', 'c'].flatMap((node) => of(text, 'link', node).flatMap(({ peer }) => peer?.link ?? []));
    assert.deepEqual(peers, ['eth1', 'eth3', 'eth4', 'eth0']);
  });

  it('shorten port names always in the same way, without collisions', () => {
    const text = `
nodes: { distribution-switch-a: {}, distribution-switch-b: {}, lo: {}, distribut-00000: {} }
bridges: { lan: { ports: [distribution-switch-a, distribution-switch-b, lo, distribution-switch-a] } }
`;
    const names = of(text, 'link', 'lan')
      .slice(2)
      .map(({ name }) => name);
    assert.equal(new Set(names).size, 4);
    assert.ok(names.every((name) => name.length <= 15 && name !== 'lo' && name !== 'lan'));
    assert.ok(names[0]!.startsWith('distribut-') && names[2]!.startsWith('lo-'));
    assert.deepEqual(
      of(text, 'link', 'lan')
        .slice(2)
        .map(({ name }) => name),
      names,
    );
  });

  it('stand in a node as bridges and vxlans', () => {
    const text = `
nodes:
  h:
    interfaces:
      br: { type: bridge, ports: [p], vlan_filtering: true }
      vx: { type: vxlan, id: 7, link: u, local: 192.168.0.1, remote: "239.0.0.1", learning: false, mtu: 1450 }
      v6: { type: vxlan, id: 8, port: 8472 }
  o: {}
links: [["h:p", "o:p"], ["h:u", "o:u"]]
`;
    assert.deepEqual(of(text, 'link', 'h'), [
      { node: 'h', name: 'lo', type: 'loopback', up: true },
      { node: 'h', name: 'p', type: 'veth', up: true, master: 'br', peer: { node: 'o', link: 'p' } },
      { node: 'h', name: 'u', type: 'veth', up: true, peer: { node: 'o', link: 'u' } },
      { node: 'h', name: 'br', type: 'bridge', up: true, bridge: { stp: false, vlanFiltering: true } },
      {
        node: 'h',
        name: 'vx',
        type: 'vxlan',
        up: true,
        mtu: 1450,
        vxlan: { id: 7, link: 'u', local: '192.168.0.1', remote: '239.0.0.1', port: 4789, learning: false },
      },
      { node: 'h', name: 'v6', type: 'vxlan', up: true, vxlan: { id: 8, port: 8472, learning: true } },
    ]);
  });
});

describe('addresses', () => {
  it('come from a subnet in port order, around those that are given', () => {
    const text = `
nodes: { a: {}, b: { interfaces: { eth0: { addresses: [10.0.0.1/24] } } }, c: {}, d: { interfaces: { eth0: { addresses: [192.168.1.1/24] } } } }
bridges: { lan: { ports: ["a:eth0", "b:eth0", "c:eth0", "d:eth0"], subnet: 10.0.0.0/24 } }
`;
    assert.deepEqual(addresses(text), [
      'a:eth0 10.0.0.2/24',
      'b:eth0 10.0.0.1/24',
      'c:eth0 10.0.0.3/24',
      'd:eth0 192.168.1.1/24',
      'd:eth0 10.0.0.4/24',
    ]);
  });

  it('come with a link-local one where there is IPv6, made from the MAC address', () => {
    const text = `
nodes:
  a: { interfaces: { x: { addresses: ["FD00::1/64"] }, y: { addresses: ["fd01::1/64", "fe80::1/64"] } } }
  b: { interfaces: { x: { addresses: ["fd00::2/64"], mac: "02:00:00:00:00:01" }, y: { addresses: ["fd01::2/64"], up: false }, lo: { addresses: ["fd02::1/128", 127.0.0.2/8] } } }
links: [["a:x", "b:x"], ["a:y", "b:y"]]
`;
    const own = linkLocalPrefix(defaultMac('lab', 'a', 'x'));
    assert.deepEqual(
      of(text, 'address').map(({ node, link, prefix, scope, implied }) => [
        node,
        link,
        prefix,
        scope,
        implied ?? false,
      ]),
      [
        ['a', 'x', 'fd00::1/64', 'global', false],
        ['a', 'x', own, 'link', true],
        ['a', 'y', 'fd01::1/64', 'global', false],
        ['a', 'y', 'fe80::1/64', 'link', false],
        ['b', 'lo', 'fd02::1/128', 'global', false],
        ['b', 'lo', '127.0.0.2/8', 'host', false],
        ['b', 'x', 'fd00::2/64', 'global', false],
        ['b', 'x', 'fe80::ff:fe00:1/64', 'link', true],
        ['b', 'y', 'fd01::2/64', 'global', false],
      ],
    );
  });

  it('are what /etc/hosts says, those of the loopback last', () => {
    const text = `
nodes:
  a: { hostname: alpha, interfaces: { lo: { addresses: [10.255.0.1/32, "::1/128"] }, x: { addresses: [10.0.0.1/24, "fd00::1/64"] } } }
  b: {}
links: [["a:x", "b:x"]]
`;
    assert.deepEqual(load(text).model.hosts, [
      { address: '10.0.0.1', names: ['a', 'alpha'] },
      { address: 'fd00::1', names: ['a', 'alpha'] },
      { address: '10.255.0.1', names: ['a', 'alpha'] },
    ]);
  });
});

describe('routes, rules, neighbours', () => {
  const text = `
nodes:
  r:
    interfaces:
      x: { addresses: [10.0.0.1/16, "fd00::1/64"] }
      y: { addresses: [10.0.1.1/24] }
      vx: { type: vxlan, id: 1 }
    routes:
      - { to: default, via: 10.0.1.2 }
      - { to: default6, via: "fd00:0::2" }
      - { to: 10.3.0.0/16, dev: x, metric: 5, table: 7, src: 10.0.0.1, scope: link, mtu: 1400 }
      - { to: 10.3.0.9, via: 10.9.9.9, dev: x, onlink: true, table: local }
      - { to: "fd01::/16", type: blackhole }
      - { to: 10.8.0.0/16, nexthops: [{ via: 10.0.0.2 }, { via: 10.0.1.2, weight: 2 }, { dev: x }] }
      - { to: "fd02::/16", via: "fe80::2", dev: y, metric: 9 }
      - { to: 10.7.0.0/16, via: 10.66.0.1 }
      - { to: 10.66.0.0/16, dev: y }
    rules:
      - { from: 10.1.0.0/16, table: 100 }
      - { to: "FD00::/8", table: main, priority: 1000 }
      - { iif: x, fwmark: 3, table: 9 }
    neighbors: [{ to: "FD00::9", mac: "02-00-00-00-00-0A", dev: x }]
    fdb: [{ mac: "00:00:00:00:00:00", dev: vx, dst: 10.0.0.9 }, { mac: "00:00:00:00:00:00", dev: vx, dst: 10.0.0.8 }]
  o: {}
links: [["r:x", "o:x"], ["r:y", "o:y"]]
`;

  it('are as the kernel will report them', () => {
    const base = { node: 'r', type: 'unicast', table: 254, metric: 0 };
    assert.deepEqual(of(text, 'route'), [
      // The longest prefix that holds the gateway tells the interface.
      { ...base, to: '0.0.0.0/0', nexthops: [{ via: '10.0.1.2', dev: 'y', weight: 1 }] },
      { ...base, to: '::/0', metric: 1024, nexthops: [{ via: 'fd00::2', dev: 'x', weight: 1 }] },
      {
        ...base,
        to: '10.3.0.0/16',
        table: 7,
        metric: 5,
        nexthops: [{ dev: 'x', weight: 1 }],
        source: '10.0.0.1',
        scope: 'link',
        mtu: 1400,
      },
      { ...base, to: '10.3.0.9/32', table: 255, nexthops: [{ via: '10.9.9.9', dev: 'x', onlink: true, weight: 1 }] },
      { ...base, to: 'fd01::/16', type: 'blackhole', metric: 1024, nexthops: [] },
      {
        ...base,
        to: '10.8.0.0/16',
        nexthops: [
          { via: '10.0.0.2', dev: 'x', weight: 1 },
          { via: '10.0.1.2', dev: 'y', weight: 2 },
          { dev: 'x', weight: 1 },
        ],
      },
      { ...base, to: 'fd02::/16', metric: 9, nexthops: [{ via: 'fe80::2', dev: 'y', weight: 1 }] },
      // A route that names only a device makes its network one that is on that link.
      { ...base, to: '10.7.0.0/16', nexthops: [{ via: '10.66.0.1', dev: 'y', weight: 1 }] },
      { ...base, to: '10.66.0.0/16', nexthops: [{ dev: 'y', weight: 1 }] },
    ]);
  });

  it('have priorities from 1000 upward where none is given', () => {
    assert.deepEqual(of(text, 'rule'), [
      { node: 'r', family: 'inet', priority: 1001, from: '10.1.0.0/16', table: 100 },
      { node: 'r', family: 'inet6', priority: 1000, to: 'fd00::/8', table: 254 },
      { node: 'r', family: 'inet', priority: 1002, iif: 'x', fwmark: 3, table: 9 },
    ]);
  });

  it('have canonical addresses', () => {
    assert.deepEqual(of(text, 'neighbour'), [{ node: 'r', to: 'fd00::9', mac: '02:00:00:00:00:0a', dev: 'x' }]);
    assert.deepEqual(
      of(text, 'fdb').map(({ dst }) => dst),
      ['10.0.0.9', '10.0.0.8'],
    );
  });
});

describe('settings and NAT', () => {
  it('forwarding is two settings, and says no too', () => {
    const settings = (forwarding: string): string[] =>
      of(`nodes: { r: { forwarding: ${forwarding} } }`, 'sysctl').map(({ key, value }) => `${key}=${value}`);
    assert.deepEqual(settings('true'), ['net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1']);
    assert.deepEqual(settings('false'), ['net.ipv4.ip_forward=0', 'net.ipv6.conf.all.forwarding=0']);
    assert.deepEqual(settings('{ ipv4: true }'), ['net.ipv4.ip_forward=1']);
    const both =
      'nodes: { r: { forwarding: true, sysctls: { net.ipv4.ip_forward: 1, net.ipv4.tcp_rmem: "4096  1 2", net.core.x: true } } }';
    assert.deepEqual(
      of(both, 'sysctl').map(({ key, value }) => `${key}=${value}`),
      ['net.ipv6.conf.all.forwarding=1', 'net.ipv4.ip_forward=1', 'net.ipv4.tcp_rmem=4096 1 2', 'net.core.x=1'],
    );
  });

  it('a published port takes a setting and knows its hairpin', () => {
    const text = `
nodes:
  gw:
    forwarding: true
    interfaces: { lan: { addresses: [10.0.0.1/24] }, wan: { addresses: [192.0.2.1/24] } }
    nat:
      - masquerade: { out: wan, from: 10.0.0.0/24 }
      - snat: { out: wan, from: 10.1.0.5, to: 192.0.2.7 }
      - dnat: { in: wan, dest: 192.0.2.9, proto: tcp, port: 80, to: "10.0.0.2:8080" }
      - dnat: { dest: 192.0.2.8, to: 10.0.0.3 }
      - publish: { port: 8080, to: "10.0.0.2:80" }
      - publish: { proto: udp, port: 53, to: "[fd00::1]:5353" }
  o: {}
links: [["gw:lan", "o:lan"], ["gw:wan", "o:wan"]]
`;
    const { model } = load(text);
    const nat = model.resources.find((one) => one.kind === 'netfilter');
    assert.deepEqual(
      nat?.nat.map(({ at, ...rule }) => ({ ...rule, line: model.locate(at!).line })),
      [
        { type: 'masquerade', out: 'wan', from: '10.0.0.0/24', line: 7 },
        { type: 'snat', out: 'wan', from: '10.1.0.5/32', to: '192.0.2.7', line: 8 },
        {
          type: 'dnat',
          in: 'wan',
          dest: '192.0.2.9',
          proto: 'tcp',
          port: 80,
          to: [{ address: '10.0.0.2', port: 8080 }],
          line: 9,
        },
        { type: 'dnat', dest: '192.0.2.8', to: [{ address: '10.0.0.3' }], line: 10 },
        { type: 'publish', proto: 'tcp', port: 8080, to: '10.0.0.2', toPort: 80, hairpin: '10.0.0.0/24', line: 11 },
        { type: 'publish', proto: 'udp', port: 53, to: 'fd00::1', toPort: 5353, line: 12 },
      ],
    );
    assert.deepEqual(of(text, 'sysctl').at(-1), { node: 'gw', key: 'net.ipv4.conf.all.route_localnet', value: '1' });
  });
});

describe('processes', () => {
  it('have an argv, strings for variables, and wait for node/process', () => {
    const text = `
defaults: { process: { env: { A: 1, B: x }, cwd: /tmp }, node: { sysctls: { net.a: 1 } } }
nodes:
  a:
    processes:
      one: { command: [sleep, 5], env: { B: true } }
      two: { command: exec sleep 5, cwd: /, ready: { tcp: 80, timeout: 1.5s }, after: [one, a/one, b/three] }
  b:
    sysctls: { net.b: 2 }
    processes:
      three: { command: x, ready: { command: [true, 1] } }
`;
    const usual = { restart: 'no', stop: { signal: 'TERM', timeoutMs: 2_000 } };
    assert.deepEqual(of(text, 'process'), [
      { node: 'a', name: 'one', command: ['sleep', '5'], env: { A: '1', B: 'true' }, cwd: '/tmp', after: [], ...usual },
      {
        node: 'a',
        name: 'two',
        command: ['/bin/sh', '-c', 'exec sleep 5'],
        env: { A: '1', B: 'x' },
        cwd: '/',
        ready: { type: 'tcp', port: 80, timeoutMs: 1500 },
        after: ['a/one', 'b/three'],
        ...usual,
      },
      {
        node: 'b',
        name: 'three',
        command: ['/bin/sh', '-c', 'x'],
        env: { A: '1', B: 'x' },
        cwd: '/tmp',
        ready: { type: 'command', command: ['true', '1'], timeoutMs: 30_000 },
        after: [],
        ...usual,
      },
    ]);
    assert.deepEqual(
      of(text, 'sysctl').map(({ node, key }) => `${node} ${key}`),
      ['a net.a', 'b net.a', 'b net.b'],
    );
  });

  it('say how much of what they print is kept: each for itself, then their node, then everybody', () => {
    const text = `
defaults: { node: { log: { files: 9 } }, process: { log: { max_size: 2M } } }
nodes:
  a:
    log: { max_size: 5M, files: 4 }
    processes: { one: { command: x }, two: { command: x, log: { max_size: 100k, files: 1 } } }
  b:
    processes: { three: { command: x, log: { max_size: 65536 } } }
`;
    assert.deepEqual(
      of(text, 'process').map(({ log }) => log),
      [
        { maxSize: 2 << 20, files: 4 },
        { maxSize: 102_400, files: 1 },
        { maxSize: 65_536, files: 9 },
      ],
    );
    const unsaid = of(
      'nodes: { a: { log: { files: 1 }, processes: { x: { command: x } } }, b: { processes: { y: { command: x } } } }',
      'process',
    );
    assert.deepEqual(
      unsaid.map(({ log }) => log),
      [{ maxSize: 10 << 20, files: 1 }, undefined],
    );
  });

  it('say who runs them, when they start again, how they stop and when they are ready', () => {
    const text = `
nodes:
  a:
    hostname: alpha
    interfaces: { lo: { addresses: [10.0.0.1/32, "fd00::1/128"] } }
    processes:
      one: { command: x, user: 65534, restart: on-failure, stop: { signal: SIGINT, timeout: 1m } }
      two: { command: x, user: "nobody:adm", restart: always, stop: { timeout: 500ms }, ready: { http: "http://Alpha:8080/x?y" } }
      three: { command: x, ready: { log: "^up" } }
      four: { command: x, ready: { file: /run/x, timeout: 5s } }
      five: { command: x, ready: { http: "http://[::1]/" } }
`;
    const said = of(text, 'process').map(({ user, restart, stop, ready }) => ({ user, restart, ...stop, ready }));
    const wait = { timeoutMs: 30_000 };
    assert.deepEqual(said, [
      { user: '65534', restart: 'on-failure', signal: 'INT', timeoutMs: 60_000, ready: undefined },
      {
        user: 'nobody:adm',
        restart: 'always',
        signal: 'TERM',
        timeoutMs: 500,
        ready: { type: 'http', url: 'http://alpha:8080/x?y', address: '10.0.0.1', ...wait },
      },
      {
        user: undefined,
        restart: 'no',
        signal: 'TERM',
        timeoutMs: 2000,
        ready: { type: 'log', pattern: '^up', ...wait },
      },
      {
        user: undefined,
        restart: 'no',
        signal: 'TERM',
        timeoutMs: 2000,
        ready: { type: 'file', path: '/run/x', timeoutMs: 5000 },
      },
      {
        user: undefined,
        restart: 'no',
        signal: 'TERM',
        timeoutMs: 2000,
        ready: { type: 'http', url: 'http://[::1]/', address: '::1', ...wait },
      },
    ]);
  });
});

describe('files and setup', () => {
  it('are resources of their node, with defaults merged by path', () => {
    const text = `
defaults: { node: { files: { /etc/motd: all, /etc/x: all } } }
nodes:
  a: { files: { /etc/motd: "own\\n" }, setup: [[ip, link], "echo $HOME"] }
  b: { setup: [] }
`;
    assert.deepEqual(of(text, 'file'), [
      { node: 'a', path: '/etc/motd', content: 'own\n' },
      { node: 'a', path: '/etc/x', content: 'all' },
      { node: 'b', path: '/etc/motd', content: 'all' },
      { node: 'b', path: '/etc/x', content: 'all' },
    ]);
    assert.deepEqual(of(text, 'setup'), [
      {
        node: 'a',
        commands: [
          ['ip', 'link'],
          ['/bin/sh', '-c', 'echo $HOME'],
        ],
      },
    ]);
  });
});
