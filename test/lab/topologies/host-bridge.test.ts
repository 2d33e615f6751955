import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';

import {
  assertPing,
  describeTopology,
  fetchIn,
  has,
  inNode,
  netlab,
  onFreshHost,
  run,
  until,
} from '../../support/index.ts';

// web client ── lab0 10.10.10.1/24 on the host ── eth0 192.0.2.9 ── outside
onFreshHost(import.meta.url, () => {
  describeTopology(
    'host-bridge',
    ['bridge', 'ping', 'curl', 'python3', 'nftables NAT'],
    { web: { eth0: ['10.10.10.2/24'] }, client: { eth0: ['10.10.10.3/24'] } },
    (scene) => {
      const PAGE = '8080/hostname';
      const onHost = (url: string): string => run('curl', ['-sSf', '--noproxy', '*', '-m', '3', url]).trim();

      it('stands on the host as the file says', () => {
        const bridges = JSON.parse(run('ip', ['-j', '-d', 'addr', 'show', 'dev', 'lab0'])) as { addr_info: { local: string }[] }[];
        assert.deepEqual(
          bridges.flatMap(({ addr_info: list }) => list.map(({ local }) => local)),
          ['10.10.10.1'],
          'one address, and no IPv6 that nobody asked for',
        );
        const ports = JSON.parse(run('bridge', ['-j', 'link'])) as { ifname: string; master: string }[];
        assert.deepEqual(ports.map(({ ifname, master }) => `${master} ${ifname}`).toSorted(), [
          'lab0 lab-client',
          'lab0 lab-web',
        ]);
      });

      for (const at of ['10.10.10.2', `10.10.10.1:8080`, '127.0.0.1:8080', '192.0.2.9:8080']) {
        it(`shows the host the page at ${at}`, () => assert.equal(onHost(`http://${at}/hostname`), 'web'));
      }

      it('shows it to the outside at the published port', () => {
        const { stdout } = spawnSync(
          'ip',
          ['netns', 'exec', 'outside', 'curl', '-sSf', '--noproxy', '*', '-m', '3', `http://192.0.2.9:${PAGE}`],
          { encoding: 'utf8' },
        );
        assert.equal(stdout.trim(), 'web');
      });

      it('shows it to the nodes at the published port, to the web server itself too', () => {
        for (const node of ['client', 'web']) {
          assert.equal(fetchIn(scene().name, node, `http://10.10.10.1:${PAGE}`).trim(), 'web', node);
        }
      });

      it("lets the nodes out, with the host's address", async () => {
        assertPing(scene().name, 'client', '192.0.2.1');
        const seen = spawn('ip', ['netns', 'exec', 'outside', 'python3', '-c', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
        let said = '';
        seen.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
        await until(() => said.includes('ready'));
        inNode(scene().name, 'client', ['curl', '-s', '-m', '1', 'http://192.0.2.1:9000/']);
        await until(() => said.includes('192.0.2.9'), { what: 'a call from 192.0.2.9' });
      });

      it('does not open 127.0.0.1 of the host to the nodes', async () => {
        const server = spawn('python3', ['-m', 'http.server', '9001', '--bind', '127.0.0.1', '--directory', '/etc'], {
          stdio: 'ignore',
        });
        try {
          await until(() => spawnSync('curl', ['-s', '-m', '1', 'http://127.0.0.1:9001/hostname']).status === 0);
          // A node that sends out what is for 127.0.0.1.
          for (const line of [
            'ip addr del 127.0.0.1/8 dev lo',
            'ip route add 127.0.0.1 via 10.10.10.1',
            'echo 1 > /proc/sys/net/ipv4/conf/all/route_localnet',
          ])
            assert.equal(inNode(scene().name, 'client', ['sh', '-c', line]).code, 0, line);
          const tries = (): number => inNode(scene().name, 'client', ['curl', '-s', '-m', '1', 'http://127.0.0.1:9001/']).code;
          assert.equal(tries(), 28, 'times out');
          if (!has('nft')) return;
          run('nft', ['flush', 'chain', 'inet', `netlab-${scene().name}`, 'guard']);
          assert.equal(tries(), 0, 'it is the guard that keeps it out');
          await scene().up();
          assert.equal(tries(), 28, 'and `up` puts it back');
        } finally {
          server.kill('SIGKILL');
        }
        for (const line of ['ip route del 127.0.0.1 via 10.10.10.1', 'ip addr add 127.0.0.1/8 dev lo'])
          inNode(scene().name, 'client', ['sh', '-c', line]);
      });

      it('names the host in `status` with what is ours alone, and lets nobody into it', async () => {
        const host = (await scene().status()).members.find(({ name }) => name === 'host');
        assert.deepEqual(
          host?.interfaces.map(({ name, master, addresses }) => [name, master, addresses]),
          [
            ['lab-web', 'lab0', []],
            ['lab-client', 'lab0', []],
            ['lab0', null, ['10.10.10.1/24']],
          ],
        );
        assert.equal(host.role, 'host');
        const { code, stderr } = await netlab(['exec', '-l', scene().name, 'host', '--', 'true']);
        assert.equal(code, 125);
        assert.match(stderr, /host is this machine itself/);
      });
    },
  );
});

const SERVER = `
import socket
s = socket.socket(); s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(('192.0.2.1', 9000)); s.listen()
print('ready', flush=True)
print(s.accept()[1][0], flush=True)
`;
