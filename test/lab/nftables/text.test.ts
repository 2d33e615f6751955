/** Raw nft text: loaded by nft, kept, replaced, removed; and refused before anything is built. */
import assert from 'node:assert/strict';

import {
  assertPing,
  edited,
  inNode,
  inShort,
  netlab,
  netnsOf,
  probe,
  requireRoot,
  run,
  Scene,
} from '../../support/index.ts';

const BASE = `
nodes:
  a:
    firewall: { input: { rules: [{ drop: { proto: tcp, port: 7 } }] } }
    nftables: |
      # Counts, and remembers who asked.
      define port = 22
      table inet extra {
        set seen { type ipv4_addr; flags dynamic; }
        chain input {
          type filter hook input priority 10; policy accept;
          iif eth0 ip protocol icmp add @seen { ip saddr } counter accept
          tcp dport $port accept
        }
      }
      add table ip other
  b: {}
links: [{ endpoints: ['a:eth0', 'b:eth0'], subnet: 10.0.0.0/24 }]
`;

describe('raw nft text', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'nftables NAT', 'nft', 'ping');
  });
  const nft = (scene: Scene, ...words: string[]): string =>
    run('ip', ['netns', 'exec', `${scene.name}.a`, 'nft', ...words]);
  const tables = (scene: Scene): string[] => nft(scene, 'list', 'tables').trim().split('\n').toSorted();
  const OURS = ['table inet netlab', 'table inet netlab-text'];

  it('stands beside netlab’s own table; packets do not make it another', async () => {
    await using scene = new Scene(BASE, 'raw');
    await scene.up();
    assert.deepEqual(tables(scene), ['table inet extra', ...OURS, 'table ip other']);
    assert.match(nft(scene, 'list', 'table', 'inet', 'extra'), /tcp dport 22 accept/);
    await scene.assertNothingToDo();
    assertPing(scene.name, 'b', '10.0.0.1');
    assert.match(nft(scene, 'list', 'table', 'inet', 'extra'), /elements = \{ 10\.0\.0\.2 \}[^]*counter packets [1-9]/);
    await scene.assertNothingToDo();
    assert.deepEqual((await scene.up()).changes, []);
  });

  it('is replaced when it changes, and its tables alone', async () => {
    await using scene = new Scene(BASE, 'raw');
    await scene.up();
    nft(scene, 'add', 'table', 'inet', 'mine');
    const [change] = await scene.become(
      edited(edited(BASE, 'port = 22', 'port = 23'), '      add table ip other\n', ''),
    );
    assert.equal(change?.what, 'nftables text on a (inet extra)');
    assert.deepEqual(tables(scene), ['table inet extra', 'table inet mine', ...OURS]);
    assert.match(nft(scene, 'list', 'table', 'inet', 'extra'), /tcp dport 23 accept/);
    await scene.assertNothingToDo();

    const without = BASE.replace(/ {4}nftables:[^]*?(?=\n {2}b:)/, '    forwarding: false');
    assert.deepEqual(
      inShort(await scene.become(without)).filter((line) => line.includes('nftables')),
      ['remove nftables text on a (inet extra)'],
    );
    assert.deepEqual(tables(scene), ['table inet mine', 'table inet netlab']);
  });

  it('is mended when somebody has changed it', async () => {
    await using scene = new Scene(BASE, 'raw');
    await scene.up();
    for (const command of ['add rule inet extra input drop', 'delete table ip other', 'flush table inet extra']) {
      nft(scene, ...command.split(' '));
      assert.deepEqual(inShort((await scene.up()).changes), [
        'update nftables text on a (inet extra, ip other): tables altered → as the file has it',
      ]);
      await scene.assertNothingToDo();
    }
  });

  it('is refused by line and column before anything is built', async () => {
    const scene = new Scene(edited(BASE, 'tcp dport $port accept', 'tcp dprot $port accept'), 'raw');
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 2);
    // The name of the lab has been put before the text, as its first line.
    assert.match(stderr, /\.yaml:14:15 {2}nodes\.a\.nftables\n {2}nft: syntax error, unexpected/);
    assert.deepEqual(netnsOf(scene.name), []);
    scene.assertHostAsBefore();
  });

  it('is refused by line where there is no nft', async () => {
    const scene = new Scene(BASE, 'raw');
    const { code, stderr } = await scene.tryUp([], { env: { PATH: '/nowhere' } });
    assert.equal(code, 2, stderr);
    assert.match(stderr, /\.yaml:6:15 {2}nodes\.a\.nftables\n {2}found nft text, and this machine has no program nft/);
    assert.equal((await netlab(['validate', scene.file])).code, 0);
    scene.assertHostAsBefore();
  });

  it('comes back as it was when a change of the lab fails', async () => {
    await using scene = new Scene(BASE, 'raw');
    await scene.up();
    const before = nft(scene, '-s', 'list', 'ruleset');
    // nft knows the word, and the kernel has no such device: an error that only the load can find.
    scene.write(edited(edited(BASE, 'port = 22', 'port = 23'), 'iif eth0', 'iif eth7'));
    const { code, stderr } = await scene.tryUp();
    assert.equal(code, 1);
    assert.match(
      stderr,
      /could not update nftables text[^]*line 7 of the text, column \d+-\d+: Error: Interface does not exist/,
    );
    assert.equal(nft(scene, '-s', 'list', 'ruleset'), before);
    scene.write(BASE);
    await scene.assertNothingToDo();
    assert.equal(inNode(scene.name, 'a', ['true']).code, 0);
  });
});
