/** The way out of an ordinary user's lab, by each of the programs that make one; on a host that is made for the purpose. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';

import {
  addresses,
  describeAsNobody,
  edited,
  fetchIn,
  holder,
  isAlive,
  netlab,
  onFreshHost,
  places,
  probe,
  requireRoot,
  run,
  Scene,
  TOPOLOGIES,
  until,
} from '../../support/index.ts';

const INTERNET = readFileSync(`${TOPOLOGIES}internet-uplink.yaml`, 'utf8');
const BRIDGE = readFileSync(`${TOPOLOGIES}host-bridge.yaml`, 'utf8');
const ALONE = 'nodes: { gw: {} }\n';
const OUT = 'nodes: { gw: { internet: true } }\n';

/** Answers with the caller's address by HTTP, and to whatever name is asked for with 203.0.113.7. */
const OUTSIDE = `
import http.server, socket, threading
dns = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); dns.bind(('192.0.2.1', 53))
def names():
    while True:
        q, who = dns.recvfrom(512)
        end = q.index(b'\\0', 12) + 5
        a = q[end-4:end-2] == b'\\0\\1'
        head = q[:2] + b'\\x81\\x80\\0\\1' + (b'\\0\\1' if a else b'\\0\\0') + b'\\0\\0\\0\\0'
        dns.sendto(head + q[12:end] + (b'\\xc0\\x0c\\0\\1\\0\\1\\0\\0\\0\\x3c\\0\\4' + bytes([203, 0, 113, 7]) if a else b''), who)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(self.client_address[0].encode())
    def log_message(self, *rest): pass
threading.Thread(target=names, daemon=True).start()
server = http.server.ThreadingHTTPServer(('192.0.2.1', 8000), Handler)
print('ready', flush=True)
server.serve_forever()
`;

/** The warden of a lab, and the program that it runs. */
function uplinkOf(lab: string): { readonly warden: number; readonly program: number } {
  const warden = Number(readFileSync(`${places().state}/${lab}/uplink.lock`, 'utf8'));
  const [program = 0] = readFileSync(`/proc/${warden}/task/${warden}/children`, 'utf8').trim().split(' ').map(Number);
  assert.ok(warden > 0 && program > 0);
  return { warden, program };
}

/** What listens on this host, as ss(8) has it. */
function listening(): string[] {
  return run('ss', ['-Htuln'])
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .map(([kind = '', , , , local = '']) => `${kind} ${local}`)
    .toSorted();
}

function page(url: string, ...way: readonly string[]): string {
  const command = [...way, 'curl', '-sS', '--noproxy', '*', '-m', '3', url];
  const { stdout, stderr } = spawnSync(command[0]!, command.slice(1), { encoding: 'utf8' });
  return stdout.trim() || stderr.trim();
}

onFreshHost(import.meta.url, () => {
  let outside: ReturnType<typeof spawn> | undefined;
  let listened: string[] = [];
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'tun', 'curl', 'python3', 'nftables NAT', 'user namespaces of nobody');
    writeFileSync('/run/resolv.conf', 'search lab.test\nnameserver 192.0.2.1\n');
    run('mount', ['--bind', '/run/resolv.conf', '/etc/resolv.conf']);
    outside = spawn('ip', ['netns', 'exec', 'outside', 'python3', '-c', OUTSIDE], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(outside.stdout!, 'data');
    listened = listening();
  });
  after(() => {
    outside?.kill('SIGKILL');
  });

  for (const program of ['slirp4netns', 'pasta'] as const) {
    describeAsNobody(`the way out by ${program}`, function () {
      this.timeout(120_000);
      before(function () {
        probe(this, program);
        process.env['NETLAB_UPLINK'] = program;
      });
      after(() => {
        delete process.env['NETLAB_UPLINK'];
      });
      afterEach(() => {
        assert.deepEqual(listening(), listened, 'nobody listens who did not before');
      });

      it('lets the nodes of internet-uplink.yaml out, and nothing of it is left', async () => {
        let left;
        {
          await using scene = new Scene(INTERNET, 'out');
          await scene.up();
          left = uplinkOf(scene.name);
          assert.match(readFileSync(`/proc/${left.program}/cmdline`, 'utf8'), new RegExp(`^[^\\0]*/${program}\\0`));
          assert.deepEqual(Object.keys(addresses(scene.name, 'gw')), ['lo', 'lan', 'internet']);
          // Its sockets are the program's: the far side sees the machine itself.
          assert.equal(fetchIn(scene.name, 'gw', 'http://192.0.2.1:8000/'), '192.0.2.9');
          assert.equal(fetchIn(scene.name, 'pc', 'http://192.0.2.1:8000/'), '192.0.2.9');
          await scene.assertNothingToDo();
          assert.deepEqual((await scene.up()).changes, []);
          assert.deepEqual(uplinkOf(scene.name), left, 'it goes on as it was');
        }
        for (const pid of Object.values(left)) assert.equal(isAlive(pid), false);
      });

      it('finds names by the resolver of the machine', async () => {
        await using scene = new Scene(OUT);
        await scene.up();
        assert.equal(
          (await scene.exec('gw', ['cat', '/etc/resolv.conf'])).stdout,
          'nameserver 198.19.255.3\nsearch lab.test\n',
        );
        const { stdout, stderr } = await scene.exec('gw', ['getent', 'ahostsv4', 'far.example']);
        assert.match(stdout, /^203\.0\.113\.7 /, stderr);
      });

      it('does not open the loopback of the machine to nodes', async () => {
        await using scene = new Scene(OUT);
        await scene.up();
        const server = spawn('python3', ['-m', 'http.server', '9100', '--bind', '127.0.0.1'], { stdio: 'ignore' });
        try {
          await until(() => spawnSync('curl', ['-s', '-m', '1', 'http://127.0.0.1:9100/']).status === 0);
          for (const address of ['198.19.255.2', '198.19.255.3'])
            assert.notEqual((await scene.exec('gw', ['curl', '-s', '-m', '1', `http://${address}:9100/`])).code, 0);
        } finally {
          server.kill('SIGKILL');
          await once(server, 'exit');
        }
      });

      it('gives host-bridge.yaml a host: a bridge, a way out, a published port', async () => {
        await using scene = new Scene(BRIDGE, 'bridge');
        await scene.up();
        assert.equal(page('http://127.0.0.1:8080/hostname'), 'web');
        assert.equal(page('http://192.0.2.9:8080/hostname'), 'web');
        assert.equal(page('http://192.0.2.9:8080/hostname', 'ip', 'netns', 'exec', 'outside'), 'web');
        for (const node of ['client', 'web'])
          assert.equal(fetchIn(scene.name, node, 'http://10.10.10.1:8080/hostname').trim(), 'web');
        assert.equal(fetchIn(scene.name, 'client', 'http://192.0.2.1:8000/'), '192.0.2.9');
        const host = (await scene.status()).members.find(({ name }) => name === 'host');
        assert.deepEqual(
          host?.interfaces.map(({ name, master, addresses: list }) => [name, master, list]),
          [
            ['lab-web', 'lab0', []],
            ['lab-client', 'lab0', []],
            ['lab0', null, ['10.10.10.1/24']],
          ],
        );
        assert.ok(!existsSync('/sys/class/net/lab0'), 'the machine itself has none of it');
        assert.equal(readFileSync('/proc/sys/net/ipv4/ip_forward', 'utf8').trim(), '0');
        await scene.assertNothingToDo();

        const was = uplinkOf(scene.name);
        const changes = await scene.become(edited(BRIDGE, 'port: 8080', 'port: 8081'));
        assert.deepEqual(
          changes.map(({ what }) => what),
          ['nat and firewall on host (3 rules)'],
        );
        assert.equal(page('http://127.0.0.1:8081/hostname'), 'web');
        assert.match(page('http://127.0.0.1:8080/hostname'), /Failed to connect|refused/);
        assert.equal(
          uplinkOf(scene.name).program === was.program,
          program === 'slirp4netns',
          'slirp4netns is told, pasta starts anew',
        );
        await scene.assertNothingToDo();

        const server = spawn('python3', ['-m', 'http.server', '9102', '--bind', '127.0.0.1'], { stdio: 'ignore' });
        try {
          await until(() => spawnSync('curl', ['-s', '-m', '1', 'http://127.0.0.1:9102/']).status === 0);
          scene.write(edited(BRIDGE, 'port: 8080', 'port: 9102'));
          const { code, stderr } = await scene.tryUp();
          assert.equal(code, 1);
          assert.match(
            stderr,
            /host\.nat\[1\]\.publish\n +(tcp port 9102 cannot be had|pasta, .*Failed to bind any port)/,
          );
        } finally {
          server.kill('SIGKILL');
          await once(server, 'exit');
        }
        assert.equal(page('http://127.0.0.1:8081/hostname'), 'web', 'what was there before is there again');
        scene.write(edited(BRIDGE, 'port: 8080', 'port: 8081'));
        await scene.assertNothingToDo();
      });

      it('comes and goes with the line that asks for it', async () => {
        await using scene = new Scene(ALONE);
        await scene.up();
        assert.ok(!existsSync(`${places().state}/${scene.name}/uplink.lock`));
        await scene.become(OUT);
        const { program: pid } = uplinkOf(scene.name);
        assert.equal(fetchIn(scene.name, 'gw', 'http://192.0.2.1:8000/'), '192.0.2.9');
        await scene.become(ALONE);
        assert.equal(isAlive(pid), false);
        assert.deepEqual(
          readdirSync(`${places().state}/${scene.name}`).filter((name) => /uplink|host/.test(name)),
          [],
        );
        await scene.assertNothingToDo();
      });

      it('is undone with an `up` that fails, in a new lab and in a running one', async () => {
        const bad = edited(
          OUT,
          'internet: true',
          "internet: true, processes: { p: { command: [sleep, '9'], ready: { command: ['false'], timeout: 100ms } } }",
        );
        await using scene = new Scene(bad);
        assert.equal((await scene.tryUp()).code, 1);
        scene.assertHostAsBefore();
        scene.write(ALONE);
        await scene.up();
        scene.write(bad);
        assert.equal((await scene.tryUp()).code, 1);
        await until(() => !existsSync(`${places().state}/${scene.name}/host.json`));
        scene.write(ALONE);
        await scene.assertNothingToDo();
        const { stdout } = spawnSync('pgrep', ['-f', `netlab-init uplink ${scene.name}$`], { encoding: 'utf8' });
        assert.equal(stdout, '', 'no warden');
      });

      it('ends with the keeper, whatever ends that, and `up` mends it', async () => {
        await using scene = new Scene(BRIDGE, 'killed');
        await scene.up();
        const first = uplinkOf(scene.name);
        process.kill(holder(scene.name), 'SIGKILL');
        await until(() => !isAlive(first.warden) && !isAlive(first.program));
        assert.match(page('http://127.0.0.1:8080/hostname'), /Failed to connect|refused/);
        assert.equal((await scene.up()).created, true);
        const second = uplinkOf(scene.name);
        process.kill(second.warden, 'SIGKILL');
        await until(() => !isAlive(second.program), { what: 'the end of a program without a warden' });
        await scene.up();
        const third = uplinkOf(scene.name);
        process.kill(third.program, 'SIGKILL');
        await until(() => !isAlive(third.warden));
        await scene.up();
        assert.equal(page('http://127.0.0.1:8080/hostname'), 'web');
        assert.equal(fetchIn(scene.name, 'client', 'http://192.0.2.1:8000/'), '192.0.2.9');
        await scene.assertNothingToDo();
      });

      it('is found when the state folder is lost, by `up` and by `down`', async () => {
        await using scene = new Scene(BRIDGE, 'lost');
        await scene.up();
        const first = uplinkOf(scene.name);
        rmSync(`${places().state}/${scene.name}`, { recursive: true });
        await scene.up();
        const second = uplinkOf(scene.name);
        assert.ok(!isAlive(first.warden) && !isAlive(first.program), 'the one that nobody can speak to has ended');
        assert.equal(page('http://127.0.0.1:8080/hostname'), 'web');
        await scene.assertNothingToDo();
        rmSync(`${places().state}/${scene.name}`, { recursive: true });
        await scene.down();
        assert.ok(!isAlive(second.warden) && !isAlive(second.program));
      });

      it('leaves nothing when `up` is killed at any moment', async () => {
        await using scene = new Scene(BRIDGE, 'moments');
        const started = performance.now();
        await scene.up();
        const duration = performance.now() - started;
        await scene.down();
        for (let i = 0; i < 10; i++) {
          const moment = (duration * (i + 1)) / 11;
          await scene.tryUp([], { onSpawn: (child) => void pass(moment).then(() => child.kill('SIGKILL')) });
          await scene.down();
          await until(() => !run('ss', ['-Htln']).includes(':8080 '));
          scene.assertHostAsBefore();
        }
      });
    });
  }

  describeAsNobody('what the way out cannot be', function () {
    this.timeout(60_000);
    before(function () {
      probe(this, 'slirp4netns');
    });

    /** `up` of a host with these lines is refused; nothing has been made. */
    async function refusal(lines: readonly string[]): Promise<string> {
      await using scene = new Scene(['name: x', 'nodes:', ...lines].join('\n'));
      const { code, stderr } = await scene.tryUp();
      assert.ok(code === 1 || code === 2, stderr);
      assert.equal(await scene.summary(), undefined);
      return stderr;
    }
    const publish = (port: number): string[] => [
      '  a: { interfaces: { eth0: { addresses: [10.10.10.2/24] } } }',
      '  host:',
      '    interfaces: { lab0: { addresses: [10.10.10.1/24] } }',
      `    nat: [{ publish: { port: ${port}, to: '10.10.10.2:80' } }]`,
      "links: [['a:eth0', 'host:lab0']]",
    ];

    it('is a port of root’s', async () => {
      const text = await refusal(publish(80));
      assert.match(
        text,
        /:6:30 +nodes\.host\.nat\[0\]\.publish\.port\n +found port 80, .* from 1024 on \(net\.ipv4\.ip_unprivileged_port_start\)/,
      );
    });

    it('is a port at which somebody listens', async () => {
      const server = spawn('python3', ['-m', 'http.server', '9101', '--bind', '127.0.0.1'], { stdio: 'ignore' });
      try {
        await until(() => spawnSync('curl', ['-s', '-m', '1', 'http://127.0.0.1:9101/']).status === 0);
        assert.match(
          await refusal(publish(9101)),
          /:6:\d+ .*\n +tcp port 9101 cannot be had on this machine: somebody else listens there/,
        );
      } finally {
        server.kill('SIGKILL');
        await once(server, 'exit');
      }
    });

    it('is an interface of the machine', async () => {
      const text = await refusal(['  host: { routes: [{ to: 203.0.113.0/24, dev: wlan7 }] }']);
      assert.match(
        text,
        /:3:\d+ .*\n +the host has no interface wlan7: in an ordinary user's lab it is the lab's own home, which has lo and eth0/,
      );
    });

    it('is a tap interface where they are closed to this user', async () => {
      chmodSync('/dev/net/tun', 0o600);
      try {
        assert.match(
          await refusal(['  a: { internet: true }']),
          /:3:18 .*\n.*\/dev\/net\/tun is closed to this user: as root, chmod 0666 \/dev\/net\/tun/,
        );
        const { stdout } = await netlab(['doctor']);
        assert.match(stdout, /rootless way out.*\/dev\/net\/tun is closed to this user/);
      } finally {
        chmodSync('/dev/net/tun', 0o666);
      }
    });
  });
});
