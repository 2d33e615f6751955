/** `netlab capture` across three hops with NAT, as tshark, capinfos and tcpdump see its files. */
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { Lab } from '../../../src/index.ts';
import {
  describeForUsers,
  netlab,
  probe,
  requireRoot,
  type Result,
  run,
  Scene,
  tempFolder,
  until,
} from '../../support/index.ts';

/** pc1 and the bridge lan, then two routers of which the first translates, then srv. */
export const HOPS = `
nodes:
  pc1: { routes: [{ to: default, via: 10.0.1.1 }] }
  r1:
    forwarding: { ipv4: true }
    interfaces:
      eth0: { addresses: [10.0.1.1/24] }
      eth1: { addresses: [198.51.100.2/24] }
    routes: [{ to: default, via: 198.51.100.1 }]
    nat: [{ masquerade: { out: eth1, from: 10.0.1.0/24 } }]
  r2:
    forwarding: { ipv4: true }
    interfaces:
      eth0: { addresses: [198.51.100.1/24] }
      eth1: { addresses: [203.0.113.1/24] }
    routes: [{ to: 192.0.2.0/24, type: blackhole }]
  srv:
    interfaces: { eth0: { addresses: [203.0.113.7/24] } }
    routes: [{ to: default, via: 203.0.113.1 }]
bridges:
  lan: { ports: ['r1:eth0', 'pc1:eth0'], subnet: 10.0.1.0/24 }
links:
  - ['r1:eth1', 'r2:eth0']
  - ['r2:eth1', 'srv:eth0']
`;

/** A path where whoever runs netlab may write. */
function fileFor(name: string): string {
  const folder = mkdtempSync(join(tempFolder(), 'capture-'));
  chmodSync(folder, 0o777);
  return join(folder, name);
}

/** Where an echo request passes, and as what. */
const WAY = ['pc1:eth0 >', 'lan:pc1 <', 'lan:r1 >', 'r1:eth0 <', 'r1:eth1 >', 'r2:eth0 <', 'r2:eth1 >', 'srv:eth0 <'];

describeForUsers('capture', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT');
    if (this.test?.titlePath().includes('as nobody') === true) probe(this, 'user namespaces of nobody');
    scene = new Scene(HOPS);
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const capture = (...words: readonly string[]): Promise<Result> => netlab(['capture', '-l', scene.name, ...words]);
  const one = 'pc1 -- ping -n -c 1 203.0.113.7';

  it('tells of a packet wherever it passes, in its order', async function () {
    probe(this, 'ping');
    const { code, stdout, stderr } = await capture('-f', 'icmp', '--with', one);
    assert.equal(code, 0, stderr);
    const lines = stdout.trimEnd().split('\n');
    const places = lines.map((line) => line.split(/ +/).slice(0, 2).join(' '));
    assert.deepEqual(places.slice(0, 8), WAY);
    assert.equal(lines.length, 16, stdout);
    assert.match(
      lines[0]!,
      /^pc1:eth0 > 0\.000000 {2}IP 10\.0\.1\.2 > 203\.0\.113\.7: ICMP echo request, id \d+, seq 1, length 64$/,
    );
    assert.match(lines[4]!, /^r1:eth1 {2}> 0\.\d{6} {2}IP 198\.51\.100\.2 > 203\.0\.113\.7: ICMP echo request/);
    assert.match(lines[15]!, /^pc1:eth0 < .* IP 203\.0\.113\.7 > 10\.0\.1\.2: ICMP echo reply/);
    const times = lines.map((line) => Number(line.split(/ +/)[2]));
    assert.deepEqual(
      times.toSorted((a, b) => a - b),
      times,
    );
    // What the command prints is no packet.
    assert.match(stderr, /1 packets transmitted, 1 received/);
    assert.match(stderr, /^16 packets on \d+ interfaces, 0 dropped by the kernel$/m);
    assert.match(stderr, /^ {2}lan:r1 +2$/m);
  });

  it('writes a file that capinfos, tshark and tcpdump read', async function () {
    probe(this, 'ping', 'tshark', 'tcpdump');
    const file = fileFor('hops.pcapng');
    const { code, stdout, stderr } = await capture('all', '--json', '-w', file, '-f', 'icmp', '--with', one);
    assert.equal(code, 0, stderr);
    const summary = JSON.parse(stdout) as { packets: number; dropped: number; interfaces: { interface: string }[] };
    assert.deepEqual([summary.packets, summary.dropped], [16, 0]);

    const facts = run('capinfos', [file]);
    const names = [...facts.matchAll(/^\s+Name = (.*)$/gm)].map(([, name]) => name);
    assert.deepEqual(
      names,
      summary.interfaces.map((each) => each.interface),
    );
    for (const name of [
      'pc1:eth0',
      'pc1:lo',
      'r1:eth0',
      'r1:eth1',
      'r2:eth0',
      'r2:eth1',
      'srv:eth0',
      'lan:pc1',
      'lan:r1',
    ])
      assert.ok(names.includes(name), name);
    assert.match(facts, /File timestamp precision: {2}nanoseconds/);
    assert.match(facts, /Number of packets: {3}16$/m);
    assert.match(facts, /Capture application: netlab \d/);
    assert.match(facts, /Filter string = icmp/);

    const fields = ['frame.interface_name', 'frame.packet_flags_direction', 'ip.src', 'ip.ttl', 'icmp.type'];
    const rows = run('tshark', [
      '-n',
      '-r',
      file,
      '-T',
      'fields',
      '-E',
      'separator= ',
      ...fields.flatMap((field) => ['-e', field]),
    ]);
    assert.deepEqual(
      rows.trimEnd().split('\n').slice(0, 8),
      WAY.map((place, i) => {
        const [name, arrow] = place.split(' ');
        return `${name} 0x0000000${arrow === '<' ? 1 : 2} ${i < 4 ? '10.0.1.2' : '198.51.100.2'} ${64 - (i < 4 ? 0 : i < 6 ? 1 : 2)} 8`;
      }),
    );
    const told = run('tcpdump', ['-n', '-r', file]).trimEnd().split('\n');
    assert.equal(told.length, 16);
  });

  it('ends with Ctrl-C, and the file is whole', async function () {
    probe(this, 'tshark');
    const file = fileFor('ended.pcapng');
    const { code, stderr } = await netlab(['capture', '-l', scene.name, '-w', file, 'pc1:lo'], {
      onSpawn: (child) => {
        // The head is written when it listens.
        void until(() => existsSync(file) && statSync(file).size > 100, { what: 'the head of the file' }).then(() =>
          child.kill('SIGINT'),
        );
      },
    });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^0 packets on 1 interface, 0 dropped by the kernel$/m);
    assert.match(run('capinfos', [file]), /Number of stat entries = 1/);
  });
});

describe('capture, in particular', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'ping');
    scene = new Scene(HOPS);
    await scene.up();
  });
  after(() => scene?.[Symbol.asyncDispose]());

  const capture = (...words: readonly string[]): Promise<Result> => netlab(['capture', '-l', scene.name, ...words]);
  const two = 'pc1 -- ping -n -c 2 -i 0.2 srv';

  it('ends after a number of packets, or with the one that is meant', async () => {
    const counted = await capture('-n', '3', '-f', 'icmp', '--with', two);
    assert.equal(counted.stdout.trimEnd().split('\n').length, 3);
    assert.match(counted.stderr, /^3 packets on/m);
    const last = await capture(
      '-f',
      'icmp and host srv',
      '--until',
      'icmp[icmptype] == icmp-echoreply and outbound',
      'r1',
      '--with',
      two,
    );
    const lines = last.stdout.trimEnd().split('\n');
    assert.equal(lines.length, 4, last.stdout);
    assert.match(lines[3]!, /^r1:eth0 > .* echo reply/);
    assert.equal((await capture('--until', '50ms', 'pc1:lo')).stdout, '');
  });

  it('tells how the command beside it ended', async () => {
    const { code, stderr } = await capture('-q', '-n', '1', 'pc1:lo', '--with', 'exec pc1 -- sh -c "exit 7"');
    assert.equal(code, 1);
    assert.equal(stderr, '');
    assert.match((await capture('pc1:lo', '--with', 'exec pc1 -- sh -c "exit 7"')).stderr, /ended with 7/);
  });

  it('gives an object a line', async () => {
    const { stdout } = await capture('--json', '-f', 'icmp', 'pc1:eth0', '--with', one);
    const packets = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    assert.deepEqual(
      packets.map(({ node, link, direction, length, captured, to }) => [node, link, direction, length, captured, to]),
      [
        ['pc1', 'eth0', 'out', 98, 98, 'host'],
        ['pc1', 'eth0', 'in', 98, 98, 'host'],
      ],
    );
    assert.match(String(packets[0]!['time']), /^\d{10}\.\d{9}$/);
    assert.ok(Math.abs(Number(packets[0]!['time']) * 1000 - Date.now()) < 60_000);
  });
  const one = 'pc1 -- ping -n -c 1 203.0.113.7';

  it('joins what is seen of a packet into its way, NAT included', async () => {
    const { code, stdout, stderr } = await capture('--follow', '-f', 'icmp', '--with', one);
    assert.equal(code, 0, stderr);
    const [request, way, end, answer, back, over, ...more] = stdout.trimEnd().split('\n');
    assert.deepEqual(more, []);
    assert.match(
      request!,
      /^0\.000000 {2}IP 10\.0\.1\.2 → 203\.0\.113\.7: ICMP echo request, id \d+, seq 1, length 64$/,
    );
    assert.equal(
      way,
      '  pc1:eth0 → lan:pc1 → lan:r1 → r1:eth0 → (source 198.51.100.2 instead of 10.0.1.2, ttl 63) r1:eth1 → r2:eth0 → (ttl 62) r2:eth1 → srv:eth0',
    );
    assert.match(end!, /^ {2}there after 0\.\d{6} s$/);
    assert.match(answer!, /IP 203\.0\.113\.7 → 198\.51\.100\.2: ICMP echo reply/);
    assert.equal(
      back,
      '  srv:eth0 → r2:eth1 → (ttl 63) r2:eth0 → r1:eth1 → (destination 10.0.1.2 instead of 198.51.100.2, ttl 62) r1:eth0 → lan:r1 → lan:pc1 → pc1:eth0',
    );
    assert.match(over!, /there after/);
  });

  it('tells where a packet was last seen that never arrived', async () => {
    const lost = await capture('--follow', '-f', 'icmp', '--with', 'pc1 -- ping -n -c 1 -W 1 192.0.2.1');
    assert.match(lost.stdout, /^ {2}last seen as it came in at r2:eth0$/m);
    // The answer does not come through the link that is cut.
    assert.equal(
      (
        await scene.exec('r1', [
          'nft',
          'add table ip lost; add chain ip lost c { type filter hook forward priority 0; }; add rule ip lost c icmp type echo-reply drop',
        ])
      ).code,
      0,
    );
    try {
      const { stdout } = await capture('--follow', '--json', '-f', 'icmp', '--with', `${one} -W 1`);
      const ways = stdout
        .trimEnd()
        .split('\n')
        .map(
          (line) =>
            JSON.parse(line) as { arrived: boolean; sightings: { node: string; link: string; source: string }[] },
        );
      assert.deepEqual(
        ways.map(({ arrived, sightings }) => [arrived, sightings.length]),
        [
          [true, 8],
          [false, 4],
        ],
      );
      assert.deepEqual(
        ways[0]!.sightings.map(({ source }) => source),
        [...Array<string>(4).fill('10.0.1.2'), ...Array<string>(4).fill('198.51.100.2')],
      );
      assert.deepEqual([ways[1]!.sightings.at(-1)!.node, ways[1]!.sightings.at(-1)!.link], ['r1', 'eth1']);
    } finally {
      await scene.exec('r1', ['nft', 'delete table ip lost']);
    }
  });

  it('says what is wrong', async () => {
    for (const [words, message] of [
      [['pc9'], /the lab \S+ has no node pc9.*did you mean pc1\?/],
      [['r1:eth5'], /r1 of \S+ has no interface eth5/],
      [['-f', 'tcp prot 80'], /found "prot" at character 5 of the filter, expected .*; did you mean "proto"|"port"/],
      [
        ['-f', 'host nobody'],
        /found "nobody" at character 6 of the filter, expected an address or a node that has one/,
      ],
      [
        ['-f', 'icmp port 80'],
        /found "port" at character 6 of the filter, expected port of tcp, udp, sctp, and not of icmp$/m,
      ],
      [['--until', 'tcp port'], /the filter ends too soon, expected a port/],
      [['pc1:'], /expected NODE:IF, NODE or all, found "pc1:"/],
      [[':eth0'], /expected NODE:IF, NODE or all, found ":eth0"/],
      [['--with', 'pc9 -- true'], /the lab \S+ has no node pc9/],
      [['--with', 'pc1'], /option --with needs NODE -- COMMAND/],
      [['--with', "pc1 -- sh -c 'x"], /the quote at character 14 is not closed/],
      [['-w', '/no/such/folder/x', 'pc1'], /ENOENT|no such/i],
    ] as const) {
      const { code, stdout, stderr } = await capture(...words);
      assert.ok(code === 1 || code === 2, `${words.join(' ')}: ${code}`);
      assert.equal(stdout, '');
      assert.match(stderr, message);
    }
  });

  it('is a loop in a program, and ends with the lab', async () => {
    const lab = await Lab.open(scene.name);
    using capturing = await lab.capture(['pc1:eth0'], { filter: 'icmp', count: 2 });
    await lab.ping('pc1', 'srv', { count: 1 });
    const seen: string[] = [];
    for await (const { interface: at, direction, data } of capturing)
      seen.push(`${at.name} ${direction} ${data.length}`);
    assert.deepEqual(seen, ['pc1:eth0 out 98', 'pc1:eth0 in 98']);
    assert.deepEqual(capturing.summary(), {
      packets: 2,
      dropped: 0,
      interfaces: [{ interface: 'pc1:eth0', packets: 2, dropped: 0 }],
    });

    const other = new Scene(HOPS.replaceAll('pc1', 'pc2'), 'gone');
    await other.up();
    const watched = await Lab.open(other.name);
    using going = await watched.capture('all');
    const ended = (async () => {
      for await (const _ of going);
    })();
    await other.down();
    await ended;
    other.assertHostAsBefore();
  });
});
