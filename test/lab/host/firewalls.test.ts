/** Firewalls of the host's own that drop what it shall pass on, of every make; and its resolver. Packets say whether the advice is good. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

import { netlab, onFreshHost, ping, probe, requireRoot, run, Scene, skip } from '../../support/index.ts';

const UPLINK = 'nodes: { gw: { internet: true } }\n';
const OUTSIDE = '192.0.2.1';

interface Firewall {
  /** The program that makes it. */
  readonly program: string;
  readonly make: readonly string[];
  readonly remove: readonly string[];
  /** What the warning calls it. */
  readonly says: RegExp;
  /** How what it advises begins. */
  readonly types: RegExp;
}

const FIREWALLS: Readonly<Record<string, Firewall>> = {
  'of nftables, a chain with policy drop': {
    program: 'nft',
    make: [
      'nft "table inet fw { chain forward { type filter hook forward priority 0; policy drop; ct state established accept; }; }"',
    ],
    remove: ['nft delete table inet fw'],
    says: /chain forward of the nftables table inet fw, policy drop/,
    types: /^nft insert rule inet fw forward [io]ifname "\S+" accept$/,
  },
  'of iptables on nftables': {
    program: 'iptables-nft',
    make: ['iptables-nft -P FORWARD DROP'],
    remove: ['nft delete table ip filter'],
    says: /chain FORWARD of the nftables table ip filter, policy drop/,
    types: /^iptables -I FORWARD -[io] \S+ -j ACCEPT$/,
  },
  "of docker's, which leaves a chain to its users": {
    program: 'iptables-nft',
    make: [
      'iptables-nft -P FORWARD DROP',
      'iptables-nft -N DOCKER-USER',
      'iptables-nft -A DOCKER-USER -j RETURN',
      'iptables-nft -A FORWARD -j DOCKER-USER',
      'iptables-nft -A FORWARD -o docker0 -j ACCEPT',
    ],
    remove: ['nft delete table ip filter'],
    says: /chain FORWARD of the nftables table ip filter, policy drop/,
    types: /^iptables -I DOCKER-USER -[io] \S+ -j ACCEPT$/,
  },
  'of the older iptables': {
    program: 'iptables-legacy',
    make: ['iptables-legacy -P FORWARD DROP'],
    remove: ['iptables-legacy -P FORWARD ACCEPT', 'iptables-legacy -F FORWARD'],
    says: /iptables-legacy, chain FORWARD, policy DROP/,
    types: /^iptables(-legacy)? -I FORWARD -[io] \S+ -j ACCEPT$/,
  },
};

const works = (line: string): boolean => spawnSync('sh', ['-c', line], { stdio: 'ignore' }).status === 0;
const reaches = (scene: Scene): boolean => ping(scene.name, 'gw', OUTSIDE);

onFreshHost(import.meta.url, () => {
  describe('a firewall of the host', function () {
    this.timeout(60_000);
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'nftables NAT', 'nft', 'ping');
    });

    for (const [name, { program, make, remove, says, types }] of Object.entries(FIREWALLS)) {
      describe(name, () => {
        before(function () {
          if (!works(`unshare -n ${program} ${program === 'nft' ? 'list ruleset' : '-S FORWARD'}`))
            skip(this, `this machine has no ${program}`);
          for (const line of make) run('sh', ['-c', line]);
        });
        after(function () {
          if (!this.currentTest?.isPending()) for (const line of remove) works(line);
        });

        it('is named, with what to type, and that lets the packets through', async () => {
          await using scene = new Scene(UPLINK);
          const { code, stderr } = await scene.tryUp();
          assert.equal(code, 0, stderr);
          assert.match(stderr, says);
          assert.match(stderr, /:\d+:\d+ {2}nodes\.gw\.internet\n {2}warning: /);
          assert.ok(!reaches(scene), 'the firewall drops');
          const advice = stderr.split('\n').flatMap((line) => (/^ {4,}(nft|ip6?tables)/.test(line) ? line.trim() : []));
          assert.equal(advice.length, 2, stderr);
          for (const line of advice) {
            assert.match(line, types);
            run('sh', ['-c', line]);
          }
          assert.ok(reaches(scene), `what netlab says to type is enough:\n${advice.join('\n')}`);
          assert.doesNotMatch((await scene.tryUp()).stderr, /firewall/, 'what was typed is seen');
        });
      });
    }

    it('of the older iptables is suspected where its program is not there to be asked', async function () {
      if (!works('iptables-legacy -S FORWARD')) skip(this, 'this machine has no iptables-legacy');
      await using scene = new Scene(UPLINK);
      const { code, stderr } = await scene.tryUp([], { env: { PATH: '/nowhere' } });
      assert.equal(code, 0, stderr);
      assert.match(stderr, /iptables of the older kind \(iptables-legacy -S FORWARD shows it\)/);
      assert.doesNotMatch((await scene.tryUp()).stderr, /firewall|iptables/, 'its policy is ACCEPT');
    });
  });

  describe('the resolver of the host', () => {
    const resolvConf = async (scene: Scene): Promise<string> =>
      (await scene.exec('gw', ['cat', '/etc/resolv.conf'])).stdout;
    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'nftables NAT');
      writeFileSync('/run/resolv.conf', '# by systemd-resolved\nnameserver 127.0.0.53\noptions edns0\n');
      run('mount', ['--bind', '/run/resolv.conf', '/etc/resolv.conf']);
    });
    after(() => {
      works('umount /etc/resolv.conf');
    });

    it('that nobody else reaches is named', async () => {
      await using scene = new Scene(UPLINK);
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 0, stderr);
      assert.match(
        stderr,
        /:\d+:\d+ {2}nodes\.gw\.internet\n {2}warning: \/etc\/resolv\.conf .* only its own loopback/,
      );
    });

    it('that is systemd-resolved: a node asks those whom it asks', async () => {
      mkdirSync('/run/systemd/resolve', { recursive: true });
      writeFileSync('/run/systemd/resolve/resolv.conf', 'nameserver 192.0.2.53\n');
      await using scene = new Scene(UPLINK);
      const { code, stderr } = await scene.tryUp();
      assert.equal(code, 0, stderr);
      assert.doesNotMatch(stderr, /resolv/);
      assert.equal(await resolvConf(scene), 'nameserver 192.0.2.53\n');
      await scene.assertNothingToDo();
      const { code: kept } = await netlab(['exec', '-l', scene.name, 'gw', '--', 'test', '-s', '/etc/hosts']);
      assert.equal(kept, 0);
    });
  });
});
