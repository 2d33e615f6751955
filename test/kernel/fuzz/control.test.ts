/**
 * The control sockets of the keeper and of a node's PID 1 under attack. Whatever comes: they go on, answer others meanwhile, carry out
 * nothing of what is not a whole request, and keep neither descriptors nor memory. All of it also against a build with sanitizers.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { helperPath } from '../../../src/process/helper.ts';
import { Control } from '../../../src/process/control.ts';
import { encodeRecords, type ProtocolRecord } from '../../../src/process/records.ts';
import { diceFor, FUZZ_TIMEOUT, seeds } from '../../support/fuzz.ts';
import { probe, requireRoot, skip, tempFolder, until } from '../../support/index.ts';
import { nodeSocket } from '../../../src/state/keepers.ts';
import { alive, TestKeeper } from '../process/fixture.ts';
import { descriptors, resident } from '../../support/usage.ts';
import { Cage, machineFolders } from './cage.ts';
import { Peer } from './peer.ts';
import { bytesOf, framed } from './requests.ts';
import { type Build, sanitized } from './sanitized.ts';

/** Requests that do something, and would be noticed if a part of one did. */
const TELLING: readonly (readonly ProtocolRecord[])[] = [
  [['netns', 'cut', 'net/ipv4/ip_forward', '1']],
  [
    ['netns', 'cut'],
    ['node', 'cut', 0],
    ['hostname', 'cut'],
  ],
  [
    ['start', 'r1/cut', 'd', '/', ''],
    ['arg', '/bin/sleep', '1000'],
    ['env', 'A=b'],
    ['log', 'cut.log'],
    ['net', 'r1'],
  ],
  [['drop', 'r1']],
];
const HEADS = [0, 1, 3, (8 << 20) + 1, 0x7fffffff, 0x80000000, 0xffffffff];
const COUNTS = ['0', '-1', '65537', '99999999999999999999', '1e3', '', ' 1', '0x1', '\x7f', '２'];

for (const kind of ['as shipped', 'with sanitizers'] as const)
  describe(`fuzz: control sockets, ${kind}`, function () {
    this.timeout(FUZZ_TIMEOUT);
    let lab: TestKeeper;
    let build: Build | undefined;
    let cage: Cage | undefined;
    let machine: string[] = [];
    let place = '';
    const peers: Peer[] = [];
    let sockets: readonly (readonly [path: string, pid: number])[] = [];
    const connect = (path: string): Peer => {
      const peer = new Peer(path);
      peers.push(peer);
      return peer;
    };
    /** Everybody else is answered, and all that is left is what was there. */
    const served = (): void => {
      assert.equal(build?.complaints() ?? '', '');
      assert.ok(alive(lab.pid), 'the keeper has gone');
      for (const [path] of sockets) {
        const control = Control.connect(path);
        assert.ok(control);
        control.request([['status']]);
        control.close();
      }
      assert.equal(build?.complaints() ?? '', '');
    };

    before(async function () {
      requireRoot(this);
      if (kind === 'with sanitizers') {
        probe(this, 'cc');
        build = sanitized() ?? skip(this, 'this compiler has no sanitizers');
      }
      machine = machineFolders();
      place = mkdtempSync(join(tempFolder(), 'control-'));
      const program = build?.path ?? helperPath();
      cage = await Cage.open([place, ...(build === undefined ? [] : [dirname(program)])], program);
      process.env['NETLAB_INIT'] = cage.wrapper(program);
    });
    after(async () => {
      delete process.env['NETLAB_INIT'];
      await cage?.close();
      if (cage !== undefined) assert.deepEqual(machineFolders(), machine);
    });
    beforeEach(() => {
      lab = new TestKeeper(place).start();
      sockets = [
        [lab.ctl, lab.pid],
        [nodeSocket(lab.pid, 'r1'), lab.node('r1').pid],
      ];
      lab.keeper.rotate([{ names: ['r1/none.log'], maxSize: 65536, files: 2 }]);
      lab.keeper.createNamespaces([{ name: 'warm', sysctls: [['net/ipv4/ip_forward', '1']] }], () => {});
    });
    afterEach(async () => {
      for (const peer of peers.splice(0)) peer.leave();
      served();
      await lab.end();
      assert.equal(build?.complaints() ?? '', '');
    });

    it('a request cut at any byte does nothing', async () => {
      const before = lab.keeper.list();
      const records = lab.events().length;
      for (const request of TELLING) {
        const whole = encodeRecords(request);
        for (let length = 0; length < whole.length; length++) {
          // Cut on the way; and cut before it was sent.
          connect(lab.ctl).send(framed(whole).subarray(0, 4 + length));
          connect(lab.ctl).send(framed(whole.subarray(0, length)));
          if (peers.length >= 40) await Promise.all(peers.filter((_, i) => i % 2 === 1).map((peer) => peer.answered()));
          if (peers.length >= 40) for (const peer of peers.splice(0)) peer.leave();
        }
      }
      assert.deepEqual(lab.keeper.list(), before);
      assert.equal(lab.events().length, records);
    });

    it('lengths and counts that cannot be are refused', async () => {
      for (const [path] of sockets) {
        for (const length of HEADS) {
          const text = await connect(path)
            .send(framed(Buffer.from('1\0end\0'), length))
            .answered();
          assert.match(text, /^error\trequest\t/);
        }
        for (const count of COUNTS) {
          const text = await connect(path)
            .send(framed(Buffer.from(`${count}\0status\x001\0end\0`)))
            .answered();
          assert.match(text, /^error\trequest\t.*\t74\t/);
        }
      }
    });

    it('whatever is said: descriptors and memory are level', async () => {
      const [cost, costInside] = sockets.map(([path, pid]) => ({ path, pid, fds: 0, kib: 0 }));
      const open = (pid: number): number =>
        descriptors(pid) - (pid === lab.pid ? lab.keeper.list().namespaces.length : 0);
      const settle = async (): Promise<void> => {
        for (const peer of peers.splice(0)) peer.leave();
        for (const each of [cost!, costInside!]) {
          const control = Control.connect(each.path)!;
          quiet(control);
          control.close();
          await until(() => open(each.pid) <= each.fds || each.fds === 0, {
            what: `level descriptors of ${each.path}`,
          });
        }
      };
      await settle();
      for (const each of [cost!, costInside!]) each.fds = open(each.pid);
      let tried = 0;
      for (const seed of seeds(kind === 'as shipped' ? 1500 : 500)) {
        const roll = diceFor('control', seed);
        const peer = connect((roll(2) === 0 ? cost! : costInside!).path);
        for (let steps = 1 + roll(3); steps > 0; steps--) peer.send(bytesOf(roll));
        if (roll(4) === 0) peer.socket.end();
        if (roll(8) === 0) peer.socket.destroy();
        if (roll(10) === 0) peer.socket.pause();
        if (peers.length > 50) peers.splice(roll(peers.length), 1)[0]?.leave();
        // Time for what was written to go out, and then a question that is answered at once.
        await new Promise(setImmediate);
        if (++tried % 50 === 0) served();
        if (tried === 400 || tried % 5000 === 0) {
          await settle();
          for (const each of [cost!, costInside!]) each.kib ||= resident(each.pid);
        }
      }
      await settle();
      const room = kind === 'as shipped' ? 3000 : 60_000;
      for (const { path, pid, kib } of [cost!, costInside!])
        if (kib > 0) assert.ok(resident(pid) < kib + room, `${path}: ${kib} KiB have become ${resident(pid)}`);
    });

    it('a flood of connections, silent, half-open or deaf, keeps nobody out', async () => {
      for (const [path, pid] of sockets) {
        const before = descriptors(pid);
        const half = framed(encodeRecords([['status']])).subarray(0, 9);
        for (let i = 0; i < 1500; i++) {
          const peer = connect(path);
          if (i % 3 === 1) peer.send(half);
          if (i % 3 === 2) {
            peer.socket.pause();
            peer.send(framed(encodeRecords(Array.from({ length: 100 }, () => ['stop', 'none', 15, 1]))));
          }
          if (i % 100 === 0) {
            await new Promise(setImmediate);
            served();
          }
        }
        assert.ok(descriptors(pid) <= before + 64);
        for (const peer of peers.splice(0)) peer.leave();
        await until(() => descriptors(pid) <= before);
      }
    });

    it('those who wait for what never comes keep nobody out', async () => {
      for (const [path] of sockets) {
        const node = path === lab.ctl ? 'r1/' : '';
        const start: ProtocolRecord[] = [
          ['start', `${node}long`, 'd', '/', ''],
          ['arg', '/bin/sleep', '1000'],
          ['net', node === '' ? '' : 'r1'],
        ];
        await connect(path)
          .send(framed(encodeRecords(start)))
          .answered();
        const waiting = Array.from({ length: 100 }, () =>
          connect(path).send(framed(encodeRecords([['wait', `${node}long`]]))),
        );
        await until(() => waiting.some(({ over }) => over));
        served();
        assert.ok(
          waiting.filter(({ over }) => !over).length >= 60,
          'and as many of them as there is room for are kept',
        );
      }
    });

    it('a client that dies in the middle of an operation leaves nothing of it behind', async () => {
      const before = descriptors(lab.pid);
      for (let round = 0; round < 60; round++) {
        const name = `d${round}`;
        const records: readonly ProtocolRecord[] = [
          ['netns', name],
          ['node', name, 0x20000000],
          ['start', `${name}/p`, 'd', '/', ''],
          ['arg', '/bin/sleep', '1000'],
          ['net', name],
          ['stop', `${name}/p`, 19, 100_000],
          ['drop', name],
        ];
        const peer = connect(lab.ctl).send(framed(encodeRecords(records)));
        // As many answers as it waits for, it dies one later each time.
        await until(() => peer.text.split('\n').length > Math.min(round % 5, 3));
        peer.leave();
      }
      served();
      await until(() => {
        const names = lab.keeper.list().namespaces.map(({ name }) => name);
        const mine = names.filter((name) => /^d\d/.test(name));
        if (mine.length > 0) lab.keeper.dropNode(mine);
        return mine.length === 0 && descriptors(lab.pid) <= before;
      });
      assert.deepEqual(lab.keeper.list().programs, []);
    });

    it('descriptors that nobody has asked for are not kept', async function () {
      probe(this, 'python3');
      for (const [path, pid] of sockets) {
        const before = descriptors(pid);
        const result = spawnSync('python3', ['-c', SENDER, path], { encoding: 'utf8' });
        assert.equal(result.status, 0, result.stderr);
        served();
        await until(() => descriptors(pid) <= before);
      }
    });
  });

/** Ends all programs that have a name that can be said, and forgets them. */
function quiet(control: Control): void {
  const names = control.request([['status']]).flatMap(([word, name = '']) => (word === 'process' ? [name] : []));
  for (const name of names) {
    for (const record of [
      ['stop', name, 9, 0],
      ['forget', name],
    ])
      try {
        control.request([record]);
      } catch {
        // One whose name is no text cannot be called by it.
      }
  }
}

/** A request in pieces, with descriptors beside each. */
const SENDER = `
import array, socket, sys, os
for i in range(60):
    s = socket.socket(socket.AF_UNIX)
    s.connect(sys.argv[1])
    fds = array.array("i", [os.open("/dev/null", os.O_RDONLY) for _ in range(100)])
    body = b"1\\0status\\x001\\0end\\0"
    for piece in (len(body).to_bytes(4, "little"), body[:3], body[3:]):
        s.sendmsg([piece], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, fds)])
    said = b""
    while not said.endswith(b"ok\\n"):
        more = s.recv(100000)
        assert more, said
        said += more
    for fd in fds: os.close(fd)
    if i % 2: s.close()
`;
