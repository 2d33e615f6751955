/** containerlab's files: what each key becomes, what is left out at which line, and what is refused. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { wordsOf } from '../../../src/import/containerlab/commands.ts';
import { replaceVariables } from '../../../src/import/containerlab/variables.ts';
import { importTopology, type Imported } from '../../../src/import/import.ts';
import { TopologyError } from '../../../src/errors.ts';
import { tempTree } from '../../support/files.ts';

/** A lab with this `topology:`, and files beside it. */
function imported(topology: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Imported {
  const text = `name: small\ntopology:\n${topology.replaceAll(/^(?=.)/gm, '  ')}`;
  const folder = tempTree({ ...files, 'small.clab.yml': text }, 'small');
  return importTopology(join(folder, 'small.clab.yml'), { home: folder });
}

function leftOf({ left }: Imported): string[] {
  return left.map(({ line, path, message }) => `${line} ${path}: ${message}`);
}

function nodeOf(node: string, files: Readonly<Record<string, string | Uint8Array>> = {}): Imported {
  return imported(`nodes:\n  n: { kind: linux, ${node} }\n`, files);
}

describe('containerlab', () => {
  it('makes nodes and links, as containers of Docker have them', () => {
    const { topology, left, format } = imported(
      'nodes:\n  a: { kind: linux }\n  b:\n    kind: linux\nlinks:\n  - endpoints: ["a:eth1", "b:eth1"]\n  - endpoints: [a:eth2, b:eth2]\n    mtu: 1500\n',
    );
    assert.equal(format, 'containerlab');
    assert.deepEqual(left, []);
    assert.deepEqual(structuredClone(topology), {
      name: 'small',
      defaults: {
        node: { forwarding: { ipv4: true }, sysctls: { 'net.ipv6.conf.default.addr_gen_mode': 0 } },
        link: { mtu: 9500 },
      },
      nodes: { a: {}, b: {} },
      links: [['a:eth1', 'b:eth1'], { endpoints: ['a:eth2', 'b:eth2'], mtu: 1500 }],
    });
  });

  it('makes keys of what exec says of the network', () => {
    const { topology } = imported(
      'nodes:\n  a: { kind: linux, exec: [ip link set eth1 up, ip addr add 10.0.0.1/24 dev eth1, ip route replace default via 10.0.0.2] }\n  b: { kind: linux }\nlinks:\n  - endpoints: [a:eth1, b:eth1]\n',
    );
    assert.deepEqual(structuredClone(topology.nodes!['a']), {
      interfaces: { eth1: { addresses: ['10.0.0.1/24'] } },
      routes: [{ to: 'default', via: '10.0.0.2' }],
    });
  });

  it('follows what exec gives to a shell, and runs the rest by one that there is', () => {
    const { topology } = imported(
      [
        'nodes:',
        '  a:',
        '    kind: linux',
        '    exec:',
        "      - sh -c 'ip link add br0 type bridge && ip link set eth1 master br0 2>/dev/null; ip link set br0 up'",
        "      - bash -lc 'ip addr add 10.0.0.1/24 dev br0'",
        "      - ash -c 'exit 3'",
        '  b: { kind: linux }',
        'links: [{ endpoints: [a:eth1, b:eth1] }]',
        '',
      ].join('\n'),
    );
    assert.deepEqual(structuredClone(topology.nodes!['a']), {
      interfaces: { eth1: {}, br0: { type: 'bridge', ports: ['eth1'], addresses: ['10.0.0.1/24'] } },
      rootfs: { host: true, copy_on_write: true },
      setup: ["trap 'exit 0' EXIT\nsh -c 'exit 3'\ntrue\n"],
    });
  });

  it('inherits from defaults, kinds, groups and nodes, the most special last', () => {
    const { topology } = imported(
      [
        'defaults: { kind: linux, env: { A: 1, B: 1, C: 1, D: 1 }, exec: [echo defaults], user: nobody }',
        'kinds: { linux: { env: { B: 2, C: 2, D: 2 }, exec: [echo kind], user: daemon } }',
        'groups: { g: { env: { C: 3, D: 3 }, exec: [echo group, echo kind], user: bin } }',
        'nodes:',
        '  n: { group: g, env: { D: 4 }, exec: [echo node], cmd: serve all }',
        '  m: { cmd: serve }',
        '',
      ].join('\n'),
    );
    const { n, m } = topology.nodes!;
    assert.deepEqual(n?.processes?.['main'], {
      command: ['serve', 'all'],
      restart: 'always',
      env: { A: '1', B: '2', C: '3', D: '4' },
      user: 'bin',
    });
    assert.match(n.setup![0]!.toString(), /\necho defaults\necho kind\necho group\necho node\ntrue\n$/);
    assert.equal(m?.processes?.['main']?.user, 'daemon');
  });

  it('takes the kind of a group, and the group of a kind', () => {
    const { topology } = imported(
      'kinds: { linux: { group: g } }\ngroups:\n  g: { user: bin }\n  h: { kind: linux, user: daemon }\nnodes:\n  a: { kind: linux, cmd: x }\n  b: { group: h, cmd: x }\n',
    );
    assert.deepEqual(
      Object.values(topology.nodes!).map((node) => node?.processes?.['main']?.user),
      ['bin', 'daemon'],
    );
  });

  it('runs exec without a shell in between, and goes on after a failure', () => {
    const { topology } = nodeOf('exec: ["sysctl -w a=b", "sh -c \'echo $$PWD > /x\'", "echo a > b; ls *"]');
    assert.deepEqual(topology.nodes!['n'], {
      setup: ["sysctl -w a=b\necho $PWD > /x\necho a '>' 'b;' ls '*'\ntrue\n"],
      rootfs: { host: true, copy_on_write: true },
    });
  });

  it('starts what an image starts, and what asks it comes after', () => {
    const result = nodeOf('image: "quay.io/frrouting/frr:10.2.1", exec: [vtysh -c "conf t", echo x]');
    const { setup, processes } = result.topology.nodes!['n']!;
    assert.deepEqual(setup?.map(String), ['install -d -o frr -g frr /run/frr /var/log/frr']);
    assert.deepEqual(Object.keys(processes!), ['zebra', 'staticd', 'startup']);
    assert.deepEqual(processes!['startup'], {
      command: "vtysh -c 'conf t'\necho x\ntrue\n",
      after: ['zebra', 'staticd'],
    });
    assert.deepEqual(leftOf(result), [
      "4 topology.nodes.n.image: the image quay.io/frrouting/frr:10.2.1 is not used, programs are this machine's: install frr (Debian)",
      '4 topology.nodes.n.image: the node brings no /etc/frr/daemons: of FRR zebra and staticd are started',
    ]);
    assert.match(leftOf(nodeOf('image: own/thing:1')).join(), /what it does by itself has to be said as `processes`/);
    const tool = nodeOf('image: "wbitt/network-multitool:3"');
    assert.deepEqual([leftOf(tool), Object.keys(tool.topology.nodes!['n']!.processes!)], [[], ['web']]);
    assert.deepEqual(nodeOf('image: alpine, cmd: sleep infinity').topology.nodes, { n: {} });
    assert.deepEqual(
      nodeOf('entrypoint: /bin/x, cmd: -y "a b", restart-policy: "no"').topology.nodes!['n']!.processes,
      {
        main: { command: ['/bin/x', '-y', 'a b'], restart: 'no' },
      },
    );
  });

  it('takes an image for what its name says, or what the node is given, and says so', () => {
    for (const [image, bind, why] of [
      ['own/clab-frr:1', 'x.conf:/etc/x.conf', 'it is taken for one of frr, as its name says'],
      ['own/router', 'frr:/etc/frr/:ro', 'it is taken for one of frr, as the node has its own /etc/frr'],
      ['own/router', 'frr/frr.conf:/etc/frr/frr.conf', 'it is taken for one of frr, as the node has its own /etc/frr'],
    ] as const) {
      const result = nodeOf(`image: "${image}", binds: ["${bind}"]`, { 'frr/frr.conf': '!\n', 'x.conf': '' });
      assert.ok(Object.hasOwn(result.topology.nodes!['n']!.processes ?? {}, 'zebra'), image);
      assert.ok(
        leftOf(result).some((line) => line.startsWith('4 ') && line.includes(why)),
        image,
      );
    }
    assert.equal(nodeOf('image: own/router').topology.nodes!['n']!.processes, undefined);
  });

  it('sets sysctls, limits, the hostname, and variables from files', () => {
    const { topology } = nodeOf(
      'hostname: web, memory: 512Mb, cpu: 1.5, sysctls: { net.ipv4.ip_forward: 0, net/ipv6/conf/all/forwarding: 1, net.ipv4.conf.all.rp_filter: "2" }, env-files: [vars], env: { B: own }, cmd: x',
      { vars: '# a comment\nA=1\nexport B="file"\nC=\'x y\'\n' },
    );
    const { hostname, limits, sysctls, forwarding, processes } = topology.nodes!['n']!;
    assert.deepEqual([hostname, limits], ['web', { memory: '512M', cpu: 1.5 }]);
    assert.deepEqual([sysctls, forwarding], [{ 'net.ipv4.conf.all.rp_filter': 2 }, { ipv4: false, ipv6: true }]);
    assert.deepEqual(processes!['main']!.env, { A: '1', B: 'own', C: 'x y' });
  });

  it('copies what is bound from beside the file, and mounts what is bound from elsewhere', () => {
    const result = nodeOf(
      'binds: [conf/n.cfg:/etc/x.cfg, "conf/__clabNodeName__.cfg:/etc/y.cfg:ro", web:/srv/, /usr/share:/mnt:ro, none:/etc/none, odd], tmpfs: { /tmp/x: size=1m }',
      { 'conf/n.cfg': 'text\n', 'web/index.html': '<p>\n', 'web/blob': new Uint8Array([0, 1]) },
    );
    const { files, mounts, setup } = result.topology.nodes!['n']!;
    assert.deepEqual({ ...files }, { '/etc/x.cfg': 'text\n', '/etc/y.cfg': 'text\n', '/srv/index.html': '<p>\n' });
    assert.deepEqual(mounts, [
      { type: 'bind', source: '.', target: '/hostlab', read_only: true },
      { type: 'bind', source: '/usr/share', target: '/mnt', read_only: true },
      { type: 'tmpfs', target: '/tmp/x' },
    ]);
    assert.deepEqual(setup, ['mkdir -p "$(dirname /srv/blob)" && cp -rP /hostlab/web/blob /srv/blob']);
    assert.deepEqual(
      result.carried.map(({ path }) => path),
      ['./web/blob', '/usr/share'],
    );
    assert.deepEqual(leftOf(result), [
      '4 topology.nodes.n.binds[4]: left out: there is no ./none',
      '4 topology.nodes.n.binds[5]: left out: found odd, expected SOURCE:/TARGET or SOURCE:/TARGET:ro',
    ]);
  });

  it('lets the nearest bind of a target count', () => {
    const { topology } = imported('defaults: { binds: [a:/x, a:/y] }\nnodes:\n  n: { kind: linux, binds: [b:/x] }\n', {
      a: 'A\n',
      b: 'B\n',
    });
    assert.deepEqual({ ...topology.nodes!['n']!.files }, { '/y': 'A\n', '/x': 'B\n' });
  });

  it('makes bridges of bridges, in nodes too, and reaches this machine', () => {
    const result = imported(
      [
        'nodes:',
        '  a: { kind: linux }',
        '  b: { kind: linux }',
        '  br: { kind: bridge }',
        '  ovs: { kind: ovs-bridge }',
        '  "in|a": { kind: bridge, network-mode: "container:a" }',
        '  pc: { kind: host, exec: [ls] }',
        'links:',
        '  - endpoints: [a:eth1, br:eth1]',
        '  - endpoints: [br:eth2, b:eth1]',
        '  - endpoints: [b:eth2, "in|a:p1"]',
        '  - endpoints: [a:eth3, host:to-a]',
        '  - endpoints: [pc:to-b, b:eth3]',
        '  - endpoints: [ovs:x, b:eth4]',
        '',
      ].join('\n'),
    );
    const { nodes, bridges, links } = result.topology;
    assert.deepEqual(bridges, {
      br: { ports: ['a:eth1', 'b:eth1'], mtu: 9500 },
      ovs: { ports: ['b:eth4'], mtu: 9500 },
    });
    assert.deepEqual(nodes, { a: { interfaces: { in: { type: 'bridge', ports: ['p1'] } } }, b: {} });
    assert.deepEqual(links, [
      ['b:eth2', 'a:p1'],
      ['a:eth3', 'host:to-a'],
      ['host:to-b', 'b:eth3'],
    ]);
    assert.deepEqual(leftOf(result), [
      '7 node ovs: a bridge of Linux instead of Open vSwitch',
      '9 node pc: left out: commands on this machine itself, where netlab runs nothing',
    ]);
  });

  it('says what is written in another form than containerlab has', () => {
    const result = imported(
      'nodes:\n  a: { kind: linux, exec: ls, env: [A=1], cmd: [ls], hostname: { a: b } }\nlinks: { a: b }\n',
    );
    assert.deepEqual(leftOf(result), [
      '4 topology.nodes.a.exec: left out: found "ls", expected a list',
      '4 topology.nodes.a.env: left out: found a list, expected a mapping',
      '4 topology.nodes.a.cmd: left out: found a list, expected a word',
      '4 topology.nodes.a.hostname: left out: found a mapping, expected a word',
      '5 topology.links: left out: found a mapping, expected a list',
    ]);
  });

  it('says of containers that are there already what puts links into them', () => {
    const result = imported('nodes:\n  a: { kind: linux }\n  b: { kind: ext-container }\n  c: { kind: ceos }\n');
    assert.deepEqual(leftOf(result), [
      '5 node b: left out: a container that is there already: a node with `join` puts links into it',
      '6 node c: left out: the kind ceos needs an image that is no Linux of ours',
    ]);
  });

  it('reads links in their long form', () => {
    const { topology, left } = imported(
      [
        'nodes:\n  a: { kind: linux }\n  b: { kind: linux }\nlinks:',
        '  - type: veth',
        '    endpoints:',
        '      - { node: a, interface: eth1, mac: "02:00:00:00:00:01", ipv4: 10.0.0.1/24, ipv6: "2001:db8::1/64" }',
        '      - { node: b, interface: eth1 }',
        '    mtu: 1400',
        '  - { type: host, endpoint: { node: a, interface: eth2 }, host-interface: veth-a }',
        '  - { type: dummy, endpoint: { node: b, interface: dum0 }, mtu: 1300 }',
        '  - { endpoints: [a:eth3, b:eth3], ipv4: [10.1.0.1/24, ""], vars: { x: y } }',
        '',
      ].join('\n'),
    );
    assert.deepEqual(left, []);
    assert.deepEqual(topology.links, [
      { endpoints: ['a:eth1', 'b:eth1'], mtu: 1400 },
      ['a:eth2', 'host:veth-a'],
      ['a:eth3', 'b:eth3'],
    ]);
    assert.deepEqual(topology.nodes!['a']!.interfaces, {
      eth1: { mac: '02:00:00:00:00:01', addresses: ['10.0.0.1/24', '2001:db8::1/64'] },
      eth3: { addresses: ['10.1.0.1/24'] },
    });
    assert.deepEqual(topology.nodes!['b']!.interfaces, { dum0: { type: 'dummy', mtu: 1300 } });
  });

  it('names links and ends that it cannot make, and keeps the other end', () => {
    const result = imported(
      [
        'nodes:\n  a: { kind: linux }\n  srl: { kind: nokia_srlinux }\n  x: { kind: linux, network-mode: host }\n  y: { kind: linux, network-mode: "container:a" }\n  b1: { kind: bridge }\n  b2: { kind: bridge }\nlinks:',
        '  - endpoints: [a:eth1, "srl:e1-1"]',
        '  - endpoints: [a:eth2, "mgmt-net:m"]',
        '  - { type: macvlan, endpoint: { node: a, interface: eth3 }, host-interface: enp0s3 }',
        '  - { type: vxlan, endpoint: { node: a, interface: eth4 }, remote: 192.0.2.1, vni: 1, dst-port: 4789 }',
        '  - endpoints: [a:eth5]',
        '  - { type: carrier-pigeon, endpoints: [a:eth6, a:eth7] }',
        '  - endpoints: [a:eth8, nobody:eth1]',
        '  - endpoints: [b1:p, b2:p]',
        '  - just words',
        '',
      ].join('\n'),
    );
    const { nodes, bridges, links } = result.topology;
    assert.deepEqual(nodes, { a: {} });
    assert.equal(links, undefined);
    assert.deepEqual(
      Object.values(bridges!)
        .flatMap(({ ports }) => ports)
        .toSorted(),
      ['a:eth1', 'a:eth2', 'a:eth3', 'a:eth4', 'a:eth8'],
    );
    const told = leftOf(result).join('\n');
    for (const line of [
      '5 node srl: left out: the kind nokia_srlinux needs an image that is no Linux of ours',
      '6 node x: left out: its network is that of this machine, where netlab runs nothing',
      '7 node y: left out: its network is that of a: say what it does as `processes` and `setup` there',
      '11 topology.links[0]: left out: the node srl is not there',
      '12 topology.links[1]: left out: there is no management network; a link to `host` reaches this machine',
      '13 topology.links[2]: left out: a node gets no interface of this machine; a link to `host` and routes there reach its networks',
      '15 topology.links[4]: left out: found 1 endpoints, expected two as "NODE:INTERFACE"',
      '16 topology.links[5]: left out: found the type "carrier-pigeon", which containerlab has not',
      '17 topology.links[6]: left out: the node nobody is not there',
      '18 topology.links[7]: left out: a link cannot join two bridges with each other: a node with a bridge in it can',
      '19 topology.links[8]: left out: found "just words", expected endpoints',
    ])
      assert.ok(told.includes(line), `${line}\nis not in\n${told}`);
    assert.match(told, /14 topology\.links\[3\]: left out: the other end is on another machine/);
  });

  for (const key of [
    'mgmt-ipv4: 172.20.20.2',
    'ports: ["80:80"]',
    'dns: { servers: [1.1.1.1] }',
    'startup-config: a.cfg',
    'license: l',
    'stages: {}',
    'healthcheck: {}',
    'startup-delay: 5',
    'certificate: { issue: true }',
    'volumes: [v:/v]',
    'devices: [/dev/ppp]',
    'cpu-set: 0-1',
    'pid-mode: host',
    'security-opts: [seccomp=unconfined]',
    'aliases: [x]',
    'credentials: {}',
    'shm-size: 64MB',
    'privileged: false',
  ]) /* prettier-ignore */ {
    it(`names ${key.split(':')[0]!} as left out, with its line`, () => {
      const [told, more] = leftOf(imported(`nodes:\n  n:\n    kind: linux\n    ${key}\n`));
      assert.match(told ?? '', new RegExp(`^6 topology\\.nodes\\.n\\.${key.split(':')[0]!}: left out: \\S`));
      assert.equal(more, undefined);
    });
  }

  it('passes over what says nothing of the lab, and names what containerlab has not', () => {
    assert.deepEqual(
      leftOf(nodeOf('labels: { a: b }, image-pull-policy: Never, privileged: true, cap-add: [NET_ADMIN]')),
      [],
    );
    assert.deepEqual(leftOf(nodeOf('sysctl: { a: b }')), [
      '4 topology.nodes.n.sysctl: left out: containerlab has no such key; did you mean "sysctls"?',
    ]);
  });

  it('says once what is inherited by all', () => {
    const result = imported('defaults: { kind: linux, dns: {} }\nnodes: { a: {}, b: {}, c: }\n');
    assert.deepEqual(Object.keys(result.topology.nodes!), ['a', 'b', 'c']);
    assert.equal(result.left.length, 1);
  });

  it('gives names that nodes, bridges and interfaces can have', () => {
    const result = imported(
      'nodes:\n  host: { kind: linux }\n  a.b: { kind: linux }\n  a_very_long_bridge_name: { kind: bridge }\nlinks:\n  - endpoints: ["a.b:GigabitEthernet0/0/1", "a_very_long_bridge_name:x"]\n',
    );
    assert.deepEqual(Object.keys(result.topology.nodes!), ['host-2', 'a-b']);
    assert.deepEqual(result.topology.bridges, { a_very_long_bri: { ports: ['a-b:GigabitEthernet'], mtu: 9500 } });
    assert.deepEqual(leftOf(result), [
      '4 node host: called host-2, as a node can be',
      '5 node a.b: called a-b, as a node can be',
    ]);
  });

  for (const [what, text, wanted] of [
    ['no YAML', 'name: a\ntopology: [\n', /^x\.clab\.yml:\d+:\d+\n {2}not valid YAML/],
    [
      'no topology',
      'name: a\n',
      /^x\.clab\.yml:1:1 {2}topology\n {2}found nothing, expected a mapping with "nodes" and "links"/,
    ],
    [
      'no nodes',
      'name: a\ntopology:\n  nodes:\n',
      /^x\.clab\.yml:3:3 {2}topology\.nodes\n {2}found nothing, expected a mapping of nodes/,
    ],
    ['a list', '- a\n', /^x\.clab\.yml:1:1\n {2}found a list, expected a mapping with "name" and "topology"/],
    [
      'a template',
      'name: a\ntopology:\n  nodes:\n  {{ range $i := seq 3 }}\n    x: {}\n',
      /^x\.clab\.yml:4:3\n {2}found a template, "\{\{ range \$i := seq 3 \}\}": let containerlab make a file of it first/,
    ],
    [
      'only nodes of other kinds',
      'topology:\n  nodes:\n    a: { kind: cisco_iol }\n    b: {}\n',
      /^x\.clab\.yml:3:5 {2}node a\n {2}the kind cisco_iol needs.*\nx\.clab\.yml:4:5 {2}node b\n {2}found no kind/,
    ],
  ] as const) {
    it(`refuses ${what}`, () => {
      const folder = tempTree({ 'x.clab.yml': text }, 'x');
      assert.throws(
        () => importTopology(folder),
        (error) => {
          assert.ok(error instanceof TopologyError, String(error));
          assert.match(error.message.replaceAll(`${folder}/`, ''), wanted);
          return true;
        },
      );
    });
  }

  it('replaces variables as containerlab does', () => {
    const env = { A: 'a', EMPTY: '' };
    for (const [text, wanted] of [
      ['$A ${A} $A-$A', 'a a a-a'],
      ['${A:=x} ${B:=x} ${EMPTY:=x} ${EMPTY=x}|', 'a x x |'],
      ['${B:-$A} ${B-${A}} ${A:+y} ${B:+y}|', 'a a y |'],
      ['$$A $${A} $1 $ $B ${B}', '$A ${A} $1 $ $B ${B}'],
    ] as const)
      assert.equal(replaceVariables(text, env), wanted);
  });

  it('takes lines apart as containerlab does', () => {
    for (const [line, wanted] of [
      [`sh -c 'a "b" c' "d 'e' \\" f" g\\ h`, ['sh', '-c', 'a "b" c', `d 'e' " f`, 'g h']],
      ['a  b # comment', ['a', 'b']],
      ['a#b ""', ['a#b', '']],
      [`it's`, undefined],
      ['"open', undefined],
    ] as const)
      assert.deepEqual(wordsOf(line), wanted);
  });
});
