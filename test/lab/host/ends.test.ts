/** What becomes of the host: after crashes, between labs, and when somebody else changes it too. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { setTimeout as pass } from 'node:timers/promises';

import { edited, netlab, onFreshHost, probe, requireRoot, run, Scene, until } from '../../support/index.ts';

const LAB = `
nodes:
  web: { interfaces: { eth0: { addresses: [10.10.10.2/24] } }, processes: { main: { command: [sleep, '30003'] } } }
  far: { interfaces: { eth0: { addresses: [10.20.0.2/24] } } }
  host:
    forwarding: { ipv4: true }
    sysctls: { net.ipv4.conf.eth0.rp_filter: 2 }
    interfaces:
      lab0: { type: bridge, ports: [lab-web], addresses: [10.10.10.1/24, '2001:db8:10::1/64'] }
      lab-far: { addresses: [10.20.0.1/24] }
    routes:
      - { to: 10.30.0.0/16, via: 10.20.0.2 }
      - { to: 10.40.0.0/16, type: blackhole }
      - { to: 203.0.113.0/24, via: 192.0.2.1, dev: eth0 }
    rules: [{ from: 10.20.0.0/24, table: 100 }]
    nat:
      - masquerade: { out: eth0, from: 10.10.10.0/24 }
      - publish: { port: 8080, to: '10.10.10.2:80' }
links: [['web:eth0', 'host:lab-web'], ['far:eth0', 'host:lab-far']]
`;
const UPLINK = `
nodes: { gw: { internet: true } }
`;

const read = (key: string): string => readFileSync(`/proc/sys/${key}`, 'utf8').trim();
const forwarding = (): string => read('net/ipv4/ip_forward');

onFreshHost(import.meta.url, () => {
  describe('the host', function () {
    this.timeout(120_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'bridge', 'nftables NAT');
      // Somebody else's, in numbers.
      for (let i = 0; i < 200; i++) run('ip', ['route', 'add', `172.20.${i}.0/24`, 'via', '192.0.2.1', 'proto', '110']);
      run('nft', ['add', 'table', 'inet', 'theirs']);
    });

    async function killKeeper(scene: Scene): Promise<void> {
      const keeper = (await scene.summary())?.keeper;
      assert.ok(keeper);
      process.kill(keeper, 'SIGKILL');
      await until(async () => (await scene.summary())?.state === 'dead');
    }

    it('has what the file says, and a second `up` changes nothing', async () => {
      await using scene = new Scene(LAB);
      const report = await scene.up();
      assert.deepEqual(report.unmanaged, [], 'nothing of the host’s own is told of');
      assert.equal(forwarding(), '1');
      assert.match(run('ip', ['route', 'show', '203.0.113.0/24']), /via 192.0.2.1 dev eth0 proto 110/);
      assert.match(run('ip', ['rule']), /from 10.20.0.0\/24 lookup 100 proto 110/);
      assert.equal(read('net/ipv6/conf/lab-web/addr_gen_mode'), '1');
      assert.doesNotMatch(run('ip', ['-6', 'addr', 'show', 'dev', 'lab-web']), /fe80/);
      await scene.assertNothingToDo();
      const again = await scene.up();
      assert.deepEqual(again.changes, []);
      assert.deepEqual(again.unmanaged, []);
    });

    it('follows the file in place', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      const index = (): string => run('cat', ['/sys/class/net/lab0/ifindex']);
      const bridge = index();
      const less = LAB.replace("      - publish: { port: 8080, to: '10.10.10.2:80' }\n", '')
        .replace('      - { to: 10.40.0.0/16, type: blackhole }\n', '')
        .replace('10.20.0.1/24', '10.20.0.3/24')
        .replace('    sysctls: { net.ipv4.conf.eth0.rp_filter: 2 }\n', '');
      const changes = await scene.become(less);
      assert.deepEqual(changes.map(({ action, kind }) => `${action} ${kind}`).toSorted(), [
        'create address',
        'remove address',
        'remove route',
        'remove sysctl',
        'remove sysctl',
        'update link',
        'update netfilter',
        // Which the kernel takes away with the address that led to its gateway.
        'update route',
      ]);
      assert.equal(index(), bridge);
      assert.equal(read('net/ipv4/conf/eth0/rp_filter'), '0', 'as it was before the lab');
      assert.equal(read('net/ipv4/conf/lab0/route_localnet'), '0');
      await scene.assertNothingToDo();
      await scene.become(edited(edited(LAB, 'host:lab-far', 'host:lab-near'), 'lab-far: {', 'lab-near: {'));
      await scene.assertNothingToDo();
      assert.ok(!existsSync('/sys/class/net/lab-far'));
      // The host's part goes altogether, and the rest stays.
      await scene.become('nodes: { web: {}, far: {} }\nlinks: [["web:eth0", "far:eth0"]]');
      assert.equal(forwarding(), '0');
      assert.ok(!existsSync(`/run/netlab/${scene.name}/host.json`));
    });

    it('is as before when the keeper was killed, by `down`', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      await killKeeper(scene);
      assert.equal(forwarding(), '1', 'nobody was there to put it back');
      await scene.down();
      scene.assertHostAsBefore();
    });

    it('is as before when the keeper was killed, by `doctor --fix`, which names what is left', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      await killKeeper(scene);
      const { stdout } = await netlab(['doctor', '--json']);
      const { leftovers } = JSON.parse(stdout) as { leftovers: { lab: string; what: string[] }[] };
      assert.ok(leftovers.find(({ lab }) => lab === scene.name)?.what.includes('its part of the host'), stdout);
      await netlab(['doctor', '--fix']);
      scene.assertHostAsBefore();
    });

    it('and the lab comes up anew after that, without `down`', async () => {
      await using scene = new Scene(LAB);
      await scene.up();
      await killKeeper(scene);
      assert.equal((await scene.up()).created, true);
      await scene.assertNothingToDo();
    });

    it('is as before when `up` was killed at any moment, and `up` mends what that left', async () => {
      await using scene = new Scene(LAB);
      const started = performance.now();
      await scene.up();
      const duration = performance.now() - started;
      await scene.down();
      for (let i = 0; i < 16; i++) {
        const moment = (duration * (i + 1)) / 17;
        await scene.tryUp([], { onSpawn: (child) => void pass(moment).then(() => child.kill('SIGKILL')) });
        if (i % 2 === 0) {
          await scene.up();
          await scene.assertNothingToDo();
        }
        await scene.down();
        scene.assertHostAsBefore();
      }
    });

    it('is as before when `up` fails, in a new lab and in a running one', async () => {
      await using scene = new Scene(LAB);
      const bad = LAB.replace("'30003']", "'30003'], ready: { command: ['false'], timeout: 100ms }");
      scene.write(bad);
      assert.equal((await scene.tryUp()).code, 1);
      scene.assertHostAsBefore();
      scene.write('nodes: { web: { processes: { main: { command: [sleep, "30004"] } } } }');
      await scene.up();
      scene.write(bad);
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 1);
      assert.match(stderr, /has been undone/);
      assert.equal(forwarding(), '0');
      assert.ok(!existsSync('/sys/class/net/lab0'));
      assert.ok(!existsSync(`/run/netlab/${scene.name}/host.json`));
    });

    it('keeps forwarding until the last lab that needs it is down', async () => {
      await using one = new Scene(LAB);
      await one.up();
      const two = new Scene(UPLINK);
      await two.up();
      await one.down();
      assert.equal(forwarding(), '1');
      assert.equal(run('nft', ['list', 'tables']).includes(`netlab-${two.name}`), true);
      await two.down();
      assert.equal(forwarding(), '0');
      assert.equal(read('net/ipv4/conf/all/accept_redirects'), '0', 'which the kernel changes along with it');
    });

    it('keeps forwarding for a lab whose keeper is dead, until that is taken down', async () => {
      await using one = new Scene(UPLINK);
      await one.up();
      await killKeeper(one);
      const two = new Scene(UPLINK);
      await two.up();
      await two.down();
      assert.equal(forwarding(), '1');
      await one.down();
      assert.equal(forwarding(), '0');
    });

    it('gives two labs with ways out different networks', async () => {
      const scenes = [new Scene(UPLINK), new Scene(UPLINK), new Scene(UPLINK)];
      try {
        await Promise.all(scenes.map((scene) => scene.up()));
        const prefixes = run('ip', ['route', 'show', 'root', '198.18.0.0/15']).trim().split('\n');
        assert.equal(new Set(prefixes.map((line) => line.split(' ')[0])).size, 3);
      } finally {
        await Promise.all(scenes.map((scene) => scene.down()));
      }
      scenes[0]?.assertHostAsBefore();
    });

    it('leaves a setting alone that somebody else has changed since', async () => {
      const scene = new Scene(LAB);
      await scene.up();
      run('sh', ['-c', 'echo 1 > /proc/sys/net/ipv4/conf/eth0/rp_filter']);
      await scene.down();
      assert.equal(read('net/ipv4/conf/eth0/rp_filter'), '1');
      run('sh', ['-c', 'echo 0 > /proc/sys/net/ipv4/conf/eth0/rp_filter']);
      scene.assertHostAsBefore();
    });

    it('keeps routes that somebody else has made the same way', async () => {
      await using scene = new Scene(LAB.replace('10.40.0.0/16', '172.20.7.0/24'));
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 1);
      assert.match(
        stderr,
        /:\d+:\d+ {2}nodes\.host\.routes\[1\]\n {2}the host has the route 172\.20\.7\.0\/24 .* already/,
      );
      scene.assertHostAsBefore();
    });

    it('is asked before anything is built: names, settings of other labs, interfaces', async () => {
      await using one = new Scene(LAB);
      await one.up();
      const tables = run('nft', ['list', 'ruleset']);
      const wrong = LAB.replaceAll('lab-web', 'eth0')
        .replace('{ ipv4: true }', '{ ipv4: false }')
        .replace('dev: eth0 }', 'dev: eth7 }')
        .replace('2001:db8:10::1/64', '192.0.2.9/24');
      const two = new Scene(wrong);
      const { code, stderr } = await two.tryUp();
      assert.equal(code, 1, stderr);
      for (const line of [
        /:\d+:\d+ {2}links\[0\]\[1\]\n {2}the host has an interface eth0 already/,
        /nodes\.host\.interfaces\.lab0\n {2}the lab t\S+ has an interface lab0 on the host/,
        /nodes\.host\.forwarding\n {2}the lab t\S+ needs net\.ipv4\.ip_forward to be 1 on the host, and this one 0/,
        /nodes\.host\.routes\[2\]\n {2}the host has no interface "?eth7/,
        /addresses\[1\]\n {2}the host has the address 192\.0\.2\.9 already/,
      ])
        assert.match(stderr, line);
      assert.equal(run('nft', ['list', 'ruleset']), tables);
      assert.equal(await two.summary(), undefined);
      const plan = await netlab(['plan', two.file]);
      assert.equal(plan.code, 1);
      assert.match(plan.stderr, /the host has an interface eth0 already/);
    });

    it('is warned of when its firewall drops what it passes on, with what to type', async () => {
      run('nft', [
        'table inet fw { chain pass { type filter hook forward priority 0; policy drop; ct state established accept; }; }',
      ]);
      try {
        await using scene = new Scene(LAB);
        const { stderr, code } = await scene.tryUp();
        assert.equal(code, 0, stderr);
        assert.match(stderr, /chain pass of the nftables table inet fw, policy drop/);
        for (const [, line = ''] of stderr.matchAll(/^ +(nft insert rule .*)$/gm)) run('sh', ['-c', line]);
        const again = await scene.tryUp();
        assert.doesNotMatch(again.stderr, /firewall/, 'what was typed is seen');
        assert.match(run('nft', ['list', 'table', 'inet', 'fw']), /iifname "lab0" accept/);
        await scene.down();
        assert.match(run('nft', ['list', 'table', 'inet', 'fw']), /iifname "lab0" accept/, "the user's own rule stays");
        run('nft', ['delete', 'table', 'inet', 'fw']);
        run('nft', [
          'table inet fw { chain pass { type filter hook forward priority 0; policy drop; ct state established accept; }; }',
        ]);
      } finally {
        run('nft', ['delete', 'table', 'inet', 'fw']);
      }
    });
  });
});
