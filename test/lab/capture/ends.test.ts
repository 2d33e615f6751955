/** How a capture ends that cannot go on: nobody reads it, the disk is full, packets have found no room, or it has what it was to have. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';

import {
  CLI,
  netlab,
  onFreshHost,
  probe,
  requireRoot,
  type Result,
  run,
  Scene,
  tempFolder,
  until,
} from '../../support/index.ts';

/** So many interfaces share the memory of the rings that each has less than three megabytes. */
const CABLES = 12;
const HOST_LINK = `cap${process.pid}`;
const MANY = `
nodes: { a: {}, b: {} }
links:
  - { endpoints: ['a:eth0', 'b:eth0'], subnet: 10.0.0.0/24 }
  - ['a:h0', 'host:${HOST_LINK}']
${Array.from({ length: CABLES }, (_, i) => `  - ['a:x${i}', 'b:x${i}']`).join('\n')}
`;
/** Datagrams to nobody, who would not answer: more than a ring has room for. */
const FLOOD = 6000;
const flood = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(${FLOOD}): s.sendto(bytes(1400), ('10.0.0.99', 9))`;

// It has a link on the host, whom others compare with what he was.
onFreshHost(import.meta.url, () => {
  describe('capture, at its end', () => {
    let scene: Scene;
    before(async function () {
      requireRoot(this);
      probe(this, 'veth', 'ping', 'pid namespaces');
      scene = new Scene(MANY);
      await scene.up();
    });
    after(() => scene?.[Symbol.asyncDispose]());

    const capture = (...words: readonly string[]): Promise<Result> => netlab(['capture', '-l', scene.name, ...words]);
    const endless = 'a -- ping -n -i 0.05 10.0.0.2';
    /** The pings of this node, which has a PID namespace of its own. */
    const pings = async (): Promise<string> => (await scene.exec('a', ['pgrep', '-x', 'ping'])).stdout;

    /** Listens, with its output in pipes of which nobody reads; begun when the head of its file is there. */
    async function writing(file: string, ...words: readonly string[]): Promise<ChildProcess & { said: () => string }> {
      const child = spawn(process.execPath, [CLI, 'capture', '-l', scene.name, '-w', file, ...words], {
        stdio: 'pipe',
      });
      let text = '';
      child.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
      child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
      await until(() => existsSync(file) && statSync(file).size > 100, { what: 'the head of the file' });
      return Object.assign(child, { said: () => text });
    }

    it('has its packets, and the command beside it goes no further', async () => {
      for (const [words, least] of [
        [['-n', '2'], 2],
        [['--until', 'icmp[icmptype] == icmp-echoreply'], 2],
      ] as const) {
        const { code, stdout, stderr } = await capture(...words, '-f', 'icmp', 'a', '--with', endless);
        assert.equal(code, 0, stderr);
        assert.ok(stdout.split('\n').length > least, stdout);
        assert.match(stderr, /^a -- ping .*: ended with the capture$/m);
      }
      await until(async () => (await pings()) === '', { what: 'the end of the ping' });
    });

    it('has no reader any more, and the command beside it goes no further', async () => {
      for (const words of [[], ['-w', '-']]) {
        const child = spawn(
          process.execPath,
          [CLI, 'capture', '-l', scene.name, ...words, '-f', 'icmp', '--with', endless],
          {
            stdio: ['ignore', 'pipe', 'ignore'],
          },
        );
        const ended = once(child, 'exit');
        await once(child.stdout, 'data');
        assert.notEqual(await pings(), '');
        child.stdout.destroy();
        assert.deepEqual(await ended, [0, null]);
      }
      await until(async () => (await pings()) === '', { what: 'the end of the ping' });
    });

    it('finds a full disk, says so, and the file is whole as far as it goes', async function () {
      probe(this, 'tshark');
      // A disk of its own, which vanishes with the namespace.
      const script = `mount -t tmpfs -o size=64k none "$1" && { "$2" "$3" capture -l "$4" a -w "$1/x" --with "$5"
        echo "code $?"; capinfos -M -c "$1/x"; }`;
      const argv = [tempFolder(), process.execPath, CLI, scene.name, 'a -- ping -q -n -i 0.005 -s 1400 10.0.0.2'];
      const said = run('unshare', ['-m', 'sh', '-c', `{ ${script}\n} 2>&1`, 'sh', ...argv]);
      assert.match(said, /^netlab: write the capture: ENOSPC\b/m);
      assert.match(said, /^code 1$/m);
      const packets = Number(/^Number of packets: +(\d+)$/m.exec(said)?.[1]);
      assert.ok(packets > 10 && packets < 46, said);
      assert.doesNotMatch(said, /cut short|error/i);
    });

    it('tells of each packet that found no room', async function () {
      probe(this, 'tshark', 'python3');
      const file = join(tempFolder(), `${scene.name}.pcapng`);
      const child = await writing(file, '--json', '-f', 'udp and dst port 9');
      const ended = once(child, 'exit');
      // While it sleeps nobody empties its rings.
      child.kill('SIGSTOP');
      assert.equal(
        (await scene.exec('a', ['ip', 'neigh', 'add', '10.0.0.99', 'lladdr', '02:00:00:00:00:99', 'dev', 'eth0'])).code,
        0,
      );
      const { code, stderr } = await scene.exec('a', ['python3', '-c', flood]);
      assert.equal(code, 0, stderr);
      child.kill('SIGCONT');
      await until(() => statSync(file).size > 100_000, { what: 'what the rings held, in the file' });
      child.kill('SIGINT');
      assert.deepEqual(await ended, [0, null]);

      interface Summary {
        readonly packets: number;
        readonly dropped: number;
        readonly interfaces: readonly { interface: string; packets: number; dropped: number }[];
      }
      const summary = JSON.parse(/\{\n[^]*\n\}/.exec(child.said())![0]) as Summary;
      const met = summary.interfaces.filter(({ packets }) => packets > 0);
      assert.deepEqual(
        met.map(({ interface: name }) => name),
        ['a:eth0', 'b:eth0'],
      );
      for (const { packets, dropped } of met) {
        assert.ok(dropped > 0 && packets > 0);
        assert.equal(packets + dropped, FLOOD);
      }
      assert.equal(summary.dropped, met[0]!.dropped + met[1]!.dropped);
      assert.equal(
        run('tshark', ['-r', file, '-T', 'fields', '-e', 'frame.number']).trimEnd().split('\n').length,
        summary.packets,
      );

      // tshark reads the blocks of the file themselves, and takes them for the file's own packets.
      const blocks = run('tshark', ['-r', file, '-X', 'read_format:MIME Files Format', '-V']).split(
        'Block: Interface Statistics',
      );
      const counts = blocks.slice(1).flatMap((block) => {
        const number = (label: RegExp): number => Number(label.exec(block)![1]);
        const found = [
          /Interface: (\d+)/,
          /Accepted by Filter Packets: (\d+)/,
          /Dropped Packets by OS: (\d+)/,
          /Delivered to the User Packets: (\d+)/,
        ];
        const [at, accepted, dropped, delivered] = found.map(number);
        return accepted === 0 ? [] : [{ interface: summary.interfaces[at!]!.interface, accepted, dropped, delivered }];
      });
      assert.deepEqual(
        counts,
        met.map(({ interface: name, packets, dropped }) => ({
          interface: name,
          accepted: FLOOD,
          dropped,
          delivered: packets,
        })),
      );
    });

    it('has listened on the machine to what the lab has there, and to what was named', async () => {
      for (const [words, names] of [
        [['host'], [HOST_LINK]],
        [
          ['host:lo', 'host'],
          ['lo', HOST_LINK],
        ],
      ] as const) {
        const file = join(tempFolder(), `${scene.name}-host.pcapng`);
        const { code, stdout, stderr } = await capture(...words, '--json', '-w', file, '--until', '20ms');
        assert.equal(code, 0, stderr);
        const { interfaces } = JSON.parse(stdout) as { interfaces: { interface: string }[] };
        assert.deepEqual(
          interfaces.map((each) => each.interface),
          names.map((name) => `host:${name}`),
        );
      }
    });

    it('has no lab any more', async () => {
      const child = await writing(join(tempFolder(), `${scene.name}-gone.pcapng`));
      const ended = once(child, 'exit');
      await scene.down();
      assert.deepEqual(await ended, [0, null]);
      assert.match(child.said(), new RegExp(`^the lab ${scene.name} has gone$`, 'm'));
    });
  });
});
