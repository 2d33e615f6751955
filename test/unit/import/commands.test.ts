/** Each form of a line of a startup, and the keys that it becomes. */
import assert from 'node:assert/strict';

import { Draft, type NodeDraft } from '../../../src/import/draft.ts';
import { Network } from '../../../src/import/network/network.ts';
import { addStartup } from '../../../src/import/shell/startup.ts';
import { expandObject } from '../../../src/topology/load.ts';

interface Read {
  readonly node: NodeDraft;
  readonly left: readonly string[];
}

/** What a node with eth0, eth1 and eth2 becomes by a script; `files`: what it brings along. */
function read(script: string, files: Readonly<Record<string, string>> = {}, ipv6 = true): Read {
  const draft = new Draft();
  const node: NodeDraft = Object.keys(files).length === 0 ? {} : { files: { ...files } };
  draft.topology.nodes['a'] = node;
  const network = new Network(draft, 'a', ['eth0', 'eth1', 'eth2'], ipv6);
  addStartup(network, [{ text: script, origin: { file: 'a.startup', line: 1, column: 1 } }], {
    files: {
      text: (path) => node.files?.[path],
      replace: (path, text) => (node.files = { ...node.files, [path]: text }),
      remove: (path) => delete node.files?.[path],
      below: (folder) => Object.keys(node.files ?? {}).filter((path) => path.startsWith(`${folder}/`)),
      origin: (path) => ({ file: path, line: 0, column: 0 }),
    },
  });
  return { node, left: draft.left.map(({ line, message }) => `${line}: ${message}`) };
}

/** The same, where the language takes the result. */
function keys(script: string): NodeDraft {
  const { node } = read(script);
  const bridges = Object.fromEntries(['eth0', 'eth1', 'eth2'].map((dev) => [`lan-${dev}`, { ports: [`a:${dev}`] }]));
  expandObject(
    {
      name: 'x',
      nodes: { a: node },
      bridges,
    },
    'x',
  );
  return node;
}

const addresses = (...list: string[]): NodeDraft => ({ interfaces: { eth0: { addresses: list } } });
const ETH0 = 'ip addr add 10.0.0.1/24 dev eth0\n';
const with0 = (rest: NodeDraft): NodeDraft => ({ ...addresses('10.0.0.1/24'), ...rest });

describe('a line of a startup', () => {
  const forms: readonly (readonly [string, NodeDraft])[] = [
    // ip address
    ['ip addr add 10.0.0.1/24 dev eth0', addresses('10.0.0.1/24')],
    ['ip a a 10.0.0.1/24 dev eth0', addresses('10.0.0.1/24')],
    ['ip address add dev eth0 10.0.0.1/24 brd + scope global label eth0:x', addresses('10.0.0.1/24')],
    ['/sbin/ip -4 addr add local 10.0.0.1/24 broadcast 10.0.0.255 dev eth0', addresses('10.0.0.1/24')],
    ['ip addr add 10.0.0.1 dev eth0', addresses('10.0.0.1/32')],
    ['ip -6 addr add 2001:db8::1/64 dev eth0 nodad', addresses('2001:db8::1/64')],
    ['ip address add 10.0.0.9/32 dev lo:1', { interfaces: { lo: { addresses: ['10.0.0.9/32'] } } }],
    ['ip addr add 10.0.0.1/24 dev eth0 2>/dev/null || true', addresses('10.0.0.1/24')],
    ['ip addr add 10.0.0.1/24 dev eth0; ip link set dev eth0 up && ip addr show', addresses('10.0.0.1/24')],
    [`${ETH0}ip addr add 10.0.0.1/24 dev eth0`, addresses('10.0.0.1/24')],
    [`${ETH0}ip addr del 10.0.0.1/24 dev eth0\nip addr add 10.1.0.1/24 dev eth0`, addresses('10.1.0.1/24')],
    [`${ETH0}ip addr flush dev eth0`, { interfaces: { eth0: {} } }],
    // ip link
    ['ip link set eth0 up', {}],
    ['ip link set up dev eth0', {}],
    ['ip link set dev eth0 down', { interfaces: { eth0: { up: false } } }],
    [
      'ip link set eth0 down\nip link set eth0 address 02:00:00:00:00:0A mtu 1400\nip link set eth0 up',
      { interfaces: { eth0: { mac: '02:00:00:00:00:0a', mtu: 1400 } } },
    ],
    [
      'ip link add br0 type bridge\nip link set eth0 master br0\nip link set dev br0 up',
      { interfaces: { br0: { type: 'bridge', ports: ['eth0'] }, eth0: {} } },
    ],
    [
      'ip link add name br0 type bridge vlan_filtering 1 stp_state 1',
      { interfaces: { br0: { type: 'bridge', vlan_filtering: true, stp: true, up: false } } },
    ],
    [
      'ip link add link eth0 name eth0.10 type vlan id 10\nip link set eth0.10 up',
      { interfaces: { 'eth0.10': { type: 'vlan', link: 'eth0', id: 10 } } },
    ],
    ['ip link add d0 type dummy\nip link set d0 up', { interfaces: { d0: { type: 'dummy' } } }],
    [
      `${ETH0}ip link add vx type vxlan id 5 dev eth0 local 10.0.0.1 remote 10.0.0.2 dstport 4789 nolearning\nip link set vx up`,
      {
        interfaces: {
          eth0: { addresses: ['10.0.0.1/24'] },
          vx: {
            type: 'vxlan',
            id: 5,
            link: 'eth0',
            local: '10.0.0.1',
            remote: '10.0.0.2',
            port: 4789,
            learning: false,
          },
        },
      },
    ],
    [
      'ip link add b0 type bond mode active-backup miimon 100\nip link set eth1 down\nip link set eth1 master b0\nip link set b0 up\nip link set eth1 up',
      { interfaces: { b0: { type: 'bond', mode: 'active-backup', miimon: 100, ports: ['eth1'] }, eth1: {} } },
    ],
    [
      `${ETH0}ip tunnel add t0 mode ipip remote 10.0.0.2 local 10.0.0.1 ttl 255\nip link set dev t0 up`,
      {
        interfaces: {
          eth0: { addresses: ['10.0.0.1/24'] },
          t0: { type: 'ipip', remote: '10.0.0.2', local: '10.0.0.1', ttl: 255 },
        },
      },
    ],
    [
      'ip link add red type vrf table 10\nip link set red up\nip link set eth1 vrf red'.replace(
        ' vrf red',
        ' master red',
      ),
      { interfaces: { red: { type: 'vrf', table: 10, ports: ['eth1'] }, eth1: {} } },
    ],
    // ip route
    [`${ETH0}ip route add default via 10.0.0.2`, with0({ routes: [{ to: 'default', via: '10.0.0.2' }] })],
    [
      `${ETH0}ip r a 0.0.0.0/0 via 10.0.0.2 dev eth0 metric 5 proto static`,
      with0({ routes: [{ to: 'default', via: '10.0.0.2', dev: 'eth0', metric: 5 }] }),
    ],
    [`${ETH0}ip route add 10.9.0.1/16 via 10.0.0.2`, with0({ routes: [{ to: '10.9.0.0/16', via: '10.0.0.2' }] })],
    [
      `${ETH0}ip route replace 10.9.0.0/16 via 10.0.0.2\nip route replace 10.9.0.0/16 via 10.0.0.3`,
      with0({ routes: [{ to: '10.9.0.0/16', via: '10.0.0.3' }] }),
    ],
    [`${ETH0}ip route add blackhole 10.9.0.0/16`, with0({ routes: [{ to: '10.9.0.0/16', type: 'blackhole' }] })],
    [
      `${ETH0}ip route add 10.9.0.0/16 nexthop via 10.0.0.2 weight 1 nexthop via 10.0.0.3 weight 2`,
      with0({
        routes: [
          {
            to: '10.9.0.0/16',
            nexthops: [
              { via: '10.0.0.2', weight: 1 },
              { via: '10.0.0.3', weight: 2 },
            ],
          },
        ],
      }),
    ],
    [
      `ip route del default\n${ETH0}ip route add default via 10.0.0.2`,
      with0({ routes: [{ to: 'default', via: '10.0.0.2' }] }),
    ],
    [`${ETH0}ip route add default via 10.0.0.2\nip route del default`, with0({})],
    [
      `${ETH0}ip route add 10.5.0.0/24 dev eth0 scope link src 10.0.0.1 table 100`,
      with0({ routes: [{ to: '10.5.0.0/24', dev: 'eth0', scope: 'link', src: '10.0.0.1', table: 100 }] }),
    ],
    [
      'ip -6 addr add 2001:db8::1/64 dev eth0\nip -6 route add default via 2001:db8::2',
      { ...addresses('2001:db8::1/64'), routes: [{ to: 'default6', via: '2001:db8::2' }] },
    ],
    // ip rule, ip neighbour
    ['ip rule add from 10.0.0.0/24 lookup 100 pref 10', { rules: [{ from: '10.0.0.0/24', table: 100, priority: 10 }] }],
    [
      'ip rule add from 10.0.0.0/24 table 100\nip rule add fwmark 0x1 table 101',
      {
        rules: [
          { from: '10.0.0.0/24', table: 100, priority: 32765 },
          { fwmark: 1, table: 101, priority: 32764 },
        ],
      },
    ],
    [
      `${ETH0}ip neigh add 10.0.0.2 lladdr 02:00:00:00:00:02 dev eth0 nud permanent`,
      with0({ neighbors: [{ to: '10.0.0.2', mac: '02:00:00:00:00:02', dev: 'eth0' }] }),
    ],
    [
      `${ETH0}arp -s 10.0.0.2 02:00:00:00:00:02`,
      with0({ neighbors: [{ to: '10.0.0.2', mac: '02:00:00:00:00:02', dev: 'eth0' }] }),
    ],
    // ifconfig
    ['ifconfig eth0 10.0.0.1/24 up', addresses('10.0.0.1/24')],
    ['ifconfig eth0 10.0.0.1 netmask 255.255.255.0 broadcast 10.0.0.255 up', addresses('10.0.0.1/24')],
    ['ifconfig eth0 192.168.1.1', addresses('192.168.1.1/24')],
    ['ifconfig eth0 10.0.0.1', addresses('10.0.0.1/8')],
    [
      'ifconfig eth0 hw ether 02:00:00:00:00:01 mtu 1400',
      { interfaces: { eth0: { mac: '02:00:00:00:00:01', mtu: 1400 } } },
    ],
    ['ifconfig eth0 10.0.0.1/24\nifconfig eth0 10.0.0.2/24', addresses('10.0.0.2/24')],
    [
      'ifconfig eth0 10.0.0.1/24\nifconfig eth0:1 10.0.0.2/24\nifconfig eth0 inet6 add 2001:db8::1/64',
      addresses('10.0.0.1/24', '10.0.0.2/24', '2001:db8::1/64'),
    ],
    ['ifconfig eth0 10.0.0.1/24\nifconfig eth0 0.0.0.0', { interfaces: { eth0: { addresses: [] } } }],
    ['ifconfig eth0 down\nifconfig eth0 10.0.0.1/24', addresses('10.0.0.1/24')],
    // route
    [
      `${ETH0}route add default gw 10.0.0.2 dev eth0`,
      with0({ routes: [{ to: 'default', via: '10.0.0.2', dev: 'eth0' }] }),
    ],
    [`${ETH0}route add -net 10.9.0.0/16 gw 10.0.0.2`, with0({ routes: [{ to: '10.9.0.0/16', via: '10.0.0.2' }] })],
    [
      `${ETH0}route add -net 10.9.0.0 netmask 255.255.0.0 gw 10.0.0.2 metric 3 eth0`,
      with0({ routes: [{ to: '10.9.0.0/16', via: '10.0.0.2', metric: 3, dev: 'eth0' }] }),
    ],
    [`${ETH0}route add -host 10.9.0.1 gw 10.0.0.2`, with0({ routes: [{ to: '10.9.0.1/32', via: '10.0.0.2' }] })],
    [`${ETH0}route add -net 172.16.0.0 gw 10.0.0.2`, with0({ routes: [{ to: '172.16.0.0/16', via: '10.0.0.2' }] })],
    [`${ETH0}route add 10.9.0.1 gw 10.0.0.2`, with0({ routes: [{ to: '10.9.0.1/32', via: '10.0.0.2' }] })],
    [`${ETH0}route add -net 10.9.0.0/16 dev eth0`, with0({ routes: [{ to: '10.9.0.0/16', dev: 'eth0' }] })],
    [
      `route del default\n${ETH0}route add default gw 10.0.0.2`,
      with0({ routes: [{ to: 'default', via: '10.0.0.2' }] }),
    ],
    [
      'ip -6 addr add 2001:db8::1/64 dev eth0\nroute -A inet6 add default gw 2001:db8::2',
      { ...addresses('2001:db8::1/64'), routes: [{ to: 'default6', via: '2001:db8::2' }] },
    ],
    // brctl, bridge
    [
      'brctl addbr br0\nbrctl addif br0 eth0 eth1\nbrctl stp br0 on\nifconfig br0 up',
      { interfaces: { br0: { type: 'bridge', ports: ['eth0', 'eth1'], stp: true }, eth0: {}, eth1: {} } },
    ],
    [
      'brctl addbr br0\nbrctl stp br0 off\nbrctl setfd br0 0\nip link set br0 up',
      { interfaces: { br0: { type: 'bridge' } } },
    ],
    [
      'ip link add vx type vxlan id 5 local 10.0.0.1 dstport 4789\nip link set vx up\nbridge fdb append 00:00:00:00:00:00 dev vx dst 10.0.0.2',
      {
        interfaces: { vx: { type: 'vxlan', id: 5, local: '10.0.0.1', port: 4789 } },
        fdb: [{ mac: '00:00:00:00:00:00', dev: 'vx', dst: '10.0.0.2' }],
      },
    ],
    // sysctl
    ['sysctl -w net.ipv4.conf.all.rp_filter=2', { sysctls: { 'net.ipv4.conf.all.rp_filter': 2 } }],
    ['sysctl -w net/ipv4/conf/eth0/arp_ignore=1', { sysctls: { 'net.ipv4.conf.eth0.arp_ignore': 1 } }],
    ['sysctl net.ipv4.ip_forward=0', { forwarding: { ipv4: false } }],
    ['echo 1 > /proc/sys/net/ipv4/ip_forward', { forwarding: { ipv4: true } }],
    [
      'echo "1024 2048" > /proc/sys/net/ipv4/ip_local_port_range',
      { sysctls: { 'net.ipv4.ip_local_port_range': '1024 2048' } },
    ],
    ['# a comment\n\n   # another\n', {}],
    [`set dev eth0 up\n${ETH0}`, with0({})],
    // variables and loops
    [
      `DEV=eth0\nexport NET="10.0.0"; ADDRESS=$NET.1\nip addr add \${ADDRESS:-x}/\${LENGTH:-24} dev "$DEV"`,
      addresses('10.0.0.1/24'),
    ],
    [
      'for i in 0 $(seq 1 2); do\n  ip addr add 10.0.$i.1/24 dev eth$i # each\n  ip link set eth${i} mtu 1400\ndone',
      {
        interfaces: {
          eth0: { addresses: ['10.0.0.1/24'], mtu: 1400 },
          eth1: { addresses: ['10.0.1.1/24'], mtu: 1400 },
          eth2: { addresses: ['10.0.2.1/24'], mtu: 1400 },
        },
      },
    ],
    [
      'BR=br0\nbrctl addbr $BR\nfor port in eth1 eth2; do brctl addif $BR $port; done',
      { interfaces: { br0: { type: 'bridge', up: false, ports: ['eth1', 'eth2'] }, eth1: {}, eth2: {} } },
    ],
  ];
  for (const [script, expected] of forms) {
    it(JSON.stringify(script), () => assert.deepEqual(keys(script), expected));
  }

  for (const script of [
    'ip addr add 10.0.0.1 peer 10.0.0.2 dev eth0',
    'iptables -t nat -A POSTROUTING -o eth9 -j MASQUERADE',
    'tc qdisc add dev eth0 root netem delay 10ms',
    'ip link set eth0 promisc on',
    'bridge vlan add vid 10 dev eth0',
    'echo hello > /tmp/x',
    'sysctl -w kernel.hostname=x',
    'sysctl -w net.mpls.platform_labels=1000',
    'sleep 5',
  ]) {
    it(`${JSON.stringify(script)} is run, and what follows is a key all the same`, () => {
      assert.deepEqual(keys(`${script}\n${ETH0}`), with0({ setup: [`${script} || true`] }));
    });
  }

  for (const script of [
    'cat <<END > /tmp/x\nip addr add 10.7.0.1/24 dev eth0\nEND',
    'if [ -d /shared/$HOSTNAME ]; then\n  echo "copying"\n  cp -r /shared/$HOSTNAME/* / 2>/dev/null\nelse\n  A=1\nfi',
    'for i in 1 2; do\n  echo "host $i" >> /etc/hosts; done',
    'echo "guest:guest" | chpasswd',
    'rm -rf /var/spool/x/*',
    'mkdir -p "${DIR:-/srv}"',
  ]) {
    it(`${JSON.stringify(script)} is run, and what follows is a key all the same, whatever it runs`, () => {
      const { setup = [], ...rest } = keys(`${script}\n${ETH0}`);
      assert.deepEqual(rest, with0({}));
      assert.deepEqual([setup.length, String(setup[0]).startsWith(script)], [1, true]);
    });
  }

  for (const script of [
    'ip addr add $ADDRESS dev eth0',
    'for i in 1 2; do\n  ip addr add $(next) dev eth1\ndone',
    'for i in 1 2; do if true; then ip addr add 10.0.$i.1/24 dev eth1; fi; done',
    'A=1\nread A\nip addr add 10.$A.0.1/24 dev eth0',
    'A="1 2"\nip addr add 10.$A.0.1/24 dev eth0',
    'if true; then ip link set eth0 name x; fi',
    'if true; then echo | sh; fi',
    'for i in 1 2; do cat /x | while read a; do ip addr add $a dev eth1; done; done',
    'cat <<END | sh\nip link\nEND',
    'echo "$(ip addr add 10.0.0.9/24 dev eth0)"',
    'echo 1 > /proc/sys/net/ipv4/conf/eth$i/proxy_arp',
    './prepare.sh',
    'ip link set eth0 name wan0',
    'ip link add v0 type veth peer name v1',
    'ip route flush table main',
    'ip link set nothere up',
    'cd /tmp && make',
    'X=$(ip addr add 10.0.0.9/24 dev eth0)',
  ]) {
    it(`${JSON.stringify(script)} is run, and so is what follows, in its order`, () => {
      assert.deepEqual(keys(`ip addr add 10.3.0.1/24 dev eth1\n${script}\nip addr add 10.0.0.1/24 dev eth0`), {
        interfaces: { eth1: { addresses: ['10.3.0.1/24'] } },
        setup: [`${script}\nip addr add 10.0.0.1/24 dev eth0\ntrue\n`],
      });
    });
  }

  it('that only sets variables or options of the shell is run where something else is', () => {
    assert.deepEqual(keys(`set -eu\nexport NET="\${NET:-10.0.0.0/24}"\nHOST=\`hostname\`\n${ETH0}`), with0({}));
    assert.deepEqual(
      keys(`A=1\n${ETH0}echo $A > /tmp/a\nip addr add 10.1.0.1/24 dev eth1`),
      with0({
        interfaces: { eth0: { addresses: ['10.0.0.1/24'] }, eth1: { addresses: ['10.1.0.1/24'] } },
        setup: ['A=1\necho $A > /tmp/a\ntrue\n'],
      }),
    );
  });

  it('that ends the script ends it without failing the node', () => {
    assert.deepEqual(keys('set -e\nip6tables -F\n').setup, ["trap 'exit 0' EXIT\nset -e\nip6tables -F\ntrue\n"]);
  });

  it('that starts networking is what /etc/network/interfaces says', () => {
    const { node, left } = read('/etc/init.d/networking stop; /etc/init.d/networking start', {
      '/etc/network/interfaces': [
        'auto lo eth0',
        'iface lo inet loopback',
        'iface eth0 inet static',
        '  address 10.0.0.1',
        '  netmask 255.255.255.0',
        '  gateway 10.0.0.2',
        '  hwaddress ether 02:00:00:00:00:07',
        '  up ip route add 10.9.0.0/16 via 10.0.0.3 dev $IFACE',
        'iface eth1 inet static',
        '  address 10.1.0.1/24',
      ].join('\n'),
    });
    assert.deepEqual(left, []);
    assert.deepEqual(node.interfaces, { eth0: { mac: '02:00:00:00:00:07', addresses: ['10.0.0.1/24'] } });
    assert.deepEqual(node.routes, [
      { to: 'default', via: '10.0.0.2', dev: 'eth0' },
      { to: '10.9.0.0/16', via: '10.0.0.3', dev: 'eth0' },
    ]);
    assert.deepEqual([node.setup, node.processes], [undefined, undefined]);
  });

  it('is run by bash where only bash understands it', () => {
    assert.deepEqual(keys('if [[ 1 -eq 1 ]]; then echo x; fi').setup, [
      ['bash', '-c', 'if [[ 1 -eq 1 ]]; then echo x; fi\ntrue\n'],
    ]);
  });

  it('has no effect where there is one already, and that is told', () => {
    const { node, left } = read(
      `${ETH0}ip route add default via 10.0.0.2\nip route add default via 10.0.0.3\nip link add eth0 type dummy`,
    );
    assert.deepEqual(node, with0({ routes: [{ to: 'default', via: '10.0.0.2' }] }));
    assert.deepEqual(left, [
      '3: a route to default is there already: this one has no effect',
      '4: there is an interface eth0 already: this one has no effect',
    ]);
  });

  it('gives no IPv6 address where IPv6 is off, unless it was turned on before', () => {
    assert.deepEqual(read('ip addr add 2001:db8::1/64 dev eth0', {}, false), {
      node: {},
      left: ['1: the IPv6 address 2001:db8::1/64 is left out: IPv6 is off in this node'],
    });
    const on = 'sysctl -w net.ipv6.conf.all.disable_ipv6=0\nip addr add 2001:db8::1/64 dev eth0';
    assert.deepEqual(read(on, {}, false).node.interfaces, { eth0: { addresses: ['2001:db8::1/64'] } });
  });
});

describe('a service of a startup', () => {
  const FRR = {
    '/etc/frr/daemons': 'bgpd=yes\nripd=no\nbgpd_options=" -A 127.0.0.1 -d"\n',
    '/etc/frr/frr.conf': 'router bgp 1\n',
  };

  for (const line of [
    'systemctl start frr',
    '/etc/init.d/frr start',
    'service frr restart',
    'systemctl start frr.service',
  ]) {
    it(`${line} is each daemon in the foreground, and their configuration when they are ready`, () => {
      const { node, left } = read(line, FRR);
      assert.deepEqual(left, []);
      assert.deepEqual(node.setup, ['install -d -o frr -g frr /run/frr /var/log/frr']);
      assert.deepEqual(Object.keys(node.processes ?? {}), ['zebra', 'bgpd', 'staticd', 'frr-config']);
      assert.deepEqual(node.processes?.['bgpd'], {
        command: ['/usr/lib/frr/bgpd', '-A', '127.0.0.1', '--log', 'stdout'],
        after: ['zebra'],
        ready: { file: '/run/frr/bgpd.vty' },
      });
      assert.deepEqual(node.processes?.['frr-config'], {
        command: 'vtysh -b; touch /run/frr/configured',
        ready: { file: '/run/frr/configured' },
        after: ['zebra', 'bgpd', 'staticd'],
      });
      // What it says are the processes.
      assert.deepEqual(Object.keys(node.files ?? {}), ['/etc/frr/frr.conf']);
    });
  }

  it('of quagga reads its own files, with what FRR wants said', () => {
    const { node, left } = read('/etc/init.d/quagga start', {
      '/etc/quagga/daemons': 'zebra=yes\nbgpd=yes\n',
      '/etc/quagga/zebra.conf': 'hostname z\n',
      '/etc/quagga/bgpd.conf': 'router bgp 7\nneighbor 10.0.0.2 remote-as 8\n',
    });
    assert.deepEqual((node.processes!['zebra']!.command as string[]).slice(-4), [
      '-f',
      '/etc/quagga/zebra.conf',
      '--log',
      'stdout',
    ]);
    assert.match(
      node.files!['/etc/quagga/bgpd.conf']!,
      /^router bgp 7\n no bgp ebgp-requires-policy\n no bgp network import-check\nneighbor/,
    );
    assert.deepEqual(left, [
      '0: added to /etc/quagga/bgpd.conf, since FRR is not as quagga was: no bgp ebgp-requires-policy, no bgp network import-check',
    ]);
    assert.equal(node.processes?.['frr-config'], undefined);
  });

  it('of BIND loses the options that BIND does not start with any more', () => {
    const { node, left } = read('systemctl start bind9', {
      '/etc/bind/named.conf.options': 'options {\n  dnssec-enable no;\n  min-roots 1;\n  recursion yes;\n};\n',
    });
    assert.equal(node.files!['/etc/bind/named.conf.options'], 'options {\n  recursion yes;\n};\n');
    assert.deepEqual(node.processes?.['named'], { command: ['named', '-g', '-u', 'bind'], ready: { tcp: 53 } });
    assert.equal(left.length, 1);
  });

  it('begins behind the lines before it, and the lines behind it when it is ready', () => {
    const { node } = read(
      `echo 1 > /tmp/a\nservice apache2 start\necho 2 > /tmp/b\nsystemctl start radvd\n${ETH0}echo 3 > /tmp/c\n`,
    );
    assert.deepEqual(node.interfaces, { eth0: { addresses: ['10.0.0.1/24'] } });
    assert.equal(node.setup?.[0], 'echo 1 > /tmp/a || true');
    const { apache2, startup, radvd, 'startup-2': second } = node.processes!;
    assert.equal(apache2!.after, undefined);
    assert.deepEqual(
      [startup!.after, startup!.command, startup!.ready],
      [['apache2'], 'echo 2 > /tmp/b\n: > /tmp/startup.done\n', { file: '/tmp/startup.done', timeout: '120s' }],
    );
    assert.deepEqual(radvd!.after, ['startup']);
    assert.deepEqual([second!.after?.includes('radvd'), second!.command], [true, 'echo 3 > /tmp/c\ntrue\n']);
  });

  for (const [line, name] of [
    ['named -c /etc/bind/named.conf -u bind', 'named'],
    ['/usr/sbin/nginx', 'nginx'],
    ['dnsmasq -C /etc/dnsmasq.conf', 'dnsmasq'],
    ['haproxy -f /etc/haproxy/haproxy.cfg -D', 'haproxy'],
    ['/usr/lib/frr/frrinit.sh restart', 'zebra'],
  ] as const) {
    it(`may be called by its daemon: ${line}`, () => {
      assert.ok(Object.hasOwn(read(line).node.processes ?? {}, name));
    });
  }

  it('whose daemon is told something else is run as it is written', () => {
    assert.deepEqual(read('named -c /root/my.conf').node, { setup: ['named -c /root/my.conf || true'] });
  });

  it('is no part of up where it may never end, or take its time', () => {
    for (const line of [
      'python3 server.py 8000',
      'while true; do date; sleep 1; done',
      'apt-get install -y frr',
      'ping 10.0.0.1',
    ])
      assert.deepEqual(read(`ip link set eth0 up\necho x > /x\n${line}`).node, {
        processes: { startup: { command: `echo x > /x\n${line}\ntrue\n` } },
      });
    assert.deepEqual(read('ping -q 10.0.0.1 -c 1').node, { setup: ['ping -q 10.0.0.1 -c 1 || true'] });
  });

  it('that is started again is started once: behind what is changed for it, or before what talks to it', () => {
    const again = read('systemctl start apache2\na2enmod ssl\n/etc/init.d/apache2 restart\n').node;
    assert.deepEqual(Object.keys(again.processes ?? {}), ['apache2']);
    assert.ok(again.setup?.includes('a2enmod ssl || true'));
    const { processes = {} } = read('service named start\nrndc flush\nservice bind9 restart\n').node;
    assert.deepEqual(Object.keys(processes), ['named', 'startup']);
    assert.deepEqual(processes['startup']?.after, ['named']);
  });

  it('may be a program that is left running', () => {
    const { node } = read('nohup python3 -m http.server 80 &\npython3 -m http.server 81 > /dev/null 2>&1 &');
    assert.deepEqual(
      Object.entries(node.processes ?? {}).map(([name, { command }]) => [name, command]),
      [
        ['python3', 'exec python3 -m http.server 80'],
        ['python3-2', 'exec python3 -m http.server 81'],
      ],
    );
  });

  it('that nobody knows is told', () => {
    assert.deepEqual(read('\nsystemctl start frobnicated').left, [
      '2: the service frobnicated is not known: add a process with its command in the foreground',
    ]);
  });
});
