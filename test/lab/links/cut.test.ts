/** `netlab link`: cables that are pulled and plugged in again while the lab runs. */
import assert from 'node:assert/strict';

import {
  assertPing,
  describeForUsers,
  edited,
  inNode,
  ipJson,
  netlab,
  ping,
  probe,
  requireRoot,
  Scene,
  until,
} from '../../support/index.ts';
import { Watching } from '../drift/watching.ts';

//  a ── eth0 ──── eth0 ── b ── eth1 ─── lan ─── c
//  └─── eth1 ──── eth2 ───┘
const LAB = `
nodes:
  a:
    interfaces:
      eth0: { addresses: [10.0.0.1/24, 10.0.0.11/24, 'fd00::1/64', 'fd00::11/64'] }
      eth1: { addresses: [10.1.0.1/24] }
      mv0: { type: macvlan, link: eth0, addresses: [10.6.0.50/24, 'fd06::50/64'] }
    routes:
      - { to: 10.9.0.0/16, via: 10.0.0.2 }
      - { to: 10.8.0.0/16, nexthops: [{ via: 10.0.0.2 }, { via: 10.1.0.2, weight: 2 }] }
      - { to: 10.7.0.0/16, type: blackhole }
      - { to: default, via: 10.1.0.2 }
      - { to: 'fd09::/64', via: 'fd00::2' }
    neighbors: [{ to: 10.0.0.77, mac: '02:00:00:00:00:77', dev: eth0 }]
  b:
    interfaces: { eth0: { addresses: [10.0.0.2/24, 'fd00::2/64'] }, eth2: { addresses: [10.1.0.2/24] } }
  c: {}
links: [['a:eth0', 'b:eth0'], ['a:eth1', 'b:eth2']]
bridges: { lan: { ports: [c, b], subnet: 10.5.0.0/24 } }
`;

/** All of a node's network that `ip` tells of, but what counts and what comes and goes by itself. */
function network(lab: string, node: string): string {
  const tables = [
    ['-4', 'address'],
    ['-6', 'address'],
    ['-4', 'route', 'show', 'table', 'all'],
    ['-6', 'route', 'show', 'table', 'all'],
    ['neighbour', 'show', 'nud', 'permanent'],
  ];
  return tables
    .flatMap((words) => inNode(lab, node, ['ip', ...words]).stdout.split('\n'))
    .filter((line) => !/valid_lft|^multicast|^fe80::\/64/.test(line))
    .map((line) => line.replaceAll(/qlen \d+|state \w+/g, ''))
    .join('\n');
}

const operstate = (lab: string, node: string, name: string): string | undefined =>
  ipJson(lab, node, 'link', 'show', 'dev', name)[0]?.['operstate'] as string | undefined;

const link = async (scene: Scene, ...words: string[]): Promise<string> => {
  const { code, stdout, stderr } = await netlab(['link', ...words.slice(0, 1), '-l', scene.name, ...words.slice(1)]);
  assert.equal(code, 0, stderr);
  return stdout;
};

describeForUsers('a link that is cut and mended', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'macvlan');
  });

  it('takes the carrier of the far end, and comes back with all that had gone with it', async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    const before = network(scene.name, 'a');
    assert.equal(await link(scene, 'down', 'a:eth0'), 'a:eth0 is cut\n');
    assert.equal(operstate(scene.name, 'a', 'eth0'), 'DOWN');
    await until(
      () => operstate(scene.name, 'b', 'eth0') === 'DOWN' || operstate(scene.name, 'b', 'eth0') === 'LOWERLAYERDOWN',
    );
    assert.doesNotMatch(network(scene.name, 'a'), /10\.9\.0\.0|fd00::1\/64|10\.0\.0\.77/, 'what the kernel drops');
    // Not the address that is to answer below: b asks for a neighbour three times in three seconds, and if all were in vain while the link was
    // cut, those who waited for the answer get none.
    assert.equal(ping(scene.name, 'b', '10.0.0.11', '-W', '0.3'), false);

    const { members } = await scene.status();
    const [eth0] = members.find(({ name }) => name === 'a')!.interfaces.filter(({ name }) => name === 'eth0');
    assert.deepEqual([eth0?.state, eth0?.cut], ['down', true]);
    assert.equal(
      members.find(({ name }) => name === 'b')!.interfaces.some(({ cut }) => cut),
      false,
    );
    const plan = await netlab(['plan', scene.file]);
    assert.match(plan.stdout, /eth0.*up: false → true {2}\(cut by `netlab link down`\)/);

    assert.equal(await link(scene, 'down', 'a:eth0'), 'a:eth0 is down already\n');
    assert.equal(await link(scene, 'up', 'a:eth0'), 'a:eth0 is up\n');
    assert.equal(network(scene.name, 'a'), before);
    await scene.assertNothingToDo();
    assertPing(scene.name, 'b', '10.0.0.1');
    assertPing(scene.name, 'b', 'fd00::11');
    assert.equal(await link(scene, 'up', 'a:eth0'), 'a:eth0 is up already\n');
  });
});

describe('links that are cut', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'macvlan');
  });

  it('may be several, a port of a bridge, and mended one by one, by `reset`, and by the next `up`', async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    const before = network(scene.name, 'a');
    assert.equal(
      await link(scene, 'down', 'a:mv0', 'a:eth0', 'a:eth1', 'lan:c'),
      'a:mv0 is cut\na:eth0 is cut\na:eth1 is cut\nlan:c is cut\n',
    );
    await until(() => /DOWN/.test(operstate(scene.name, 'c', 'eth0') ?? ''));
    assert.equal(
      await link(scene, 'reset', 'a:eth1', 'lan:c', 'lan:b'),
      'a:eth1 is as it was before\nlan:c is as it was before\nlan:b is as it was\n',
    );
    assertPing(scene.name, 'c', '10.5.0.2');
    await link(scene, 'up', 'a:eth0');
    assert.equal(operstate(scene.name, 'a', 'mv0'), 'DOWN', 'each cut stands for itself');
    await link(scene, 'reset', 'a:mv0');
    assert.equal(network(scene.name, 'a'), before);

    await link(scene, 'down', 'a:eth0', 'a:eth1');
    const { changes } = await scene.up();
    assert.ok(changes.length > 5);
    assert.equal(network(scene.name, 'a'), before);
    assert.equal(await link(scene, 'reset', 'a:eth0'), 'a:eth0 is as it was\n', 'nothing is remembered of it');
  });

  it('is raised where the file has it down, until `reset`', async () => {
    await using scene = new Scene(edited(LAB, 'eth1: { addresses: [10.1.0.1/24] }', 'eth1: { up: false }'));
    scene.write(scene.text.replaceAll(/^.*(?:10\.8\.0\.0|default, via).*\n/gm, ''));
    await scene.up();
    assert.equal(await link(scene, 'up', 'a:eth1'), 'a:eth1 is up\n');
    assert.equal(operstate(scene.name, 'a', 'eth1'), 'UP');
    const plan = await netlab(['plan', scene.file]);
    assert.match(plan.stdout, /eth1.*up: true → false {2}\(raised by `netlab link up`\)/);
    assert.equal(await link(scene, 'reset', 'a:eth1'), 'a:eth1 is as it was before\n');
    await scene.assertNothingToDo();
  });

  it('is left alone by `up --watch`, which goes on mending what else is damaged', async () => {
    await using scene = new Scene(LAB);
    await using watching = await Watching.start(scene.file);
    await link(scene, 'down', 'a:eth0');
    inNode(scene.name, 'a', ['ip', 'route', 'del', 'default']);
    inNode(scene.name, 'b', ['ip', 'link', 'set', 'eth1', 'down']);
    await watching.told(({ event, ...rest }) => event === 'repaired' && JSON.stringify(rest).includes('default'));
    await watching.told(({ event, ...rest }) => event === 'repaired' && JSON.stringify(rest).includes('b:eth1'));
    assert.equal(operstate(scene.name, 'a', 'eth0'), 'DOWN');
    assert.deepEqual(
      watching.repairs().flatMap(({ change: { what } }) => (/a:eth0|10\.9\./.test(what) ? [what] : [])),
      [],
    );
    await link(scene, 'up', 'a:eth0');
    await until(() => network(scene.name, 'a').includes('10.9.0.0'));
    assert.equal(await watching.end(), 0);
    await scene.assertNothingToDo();
  });

  it('is refused for what is not there, by name, before anything is touched', async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    const refused = async (code: number, said: RegExp, ...words: string[]): Promise<void> => {
      const result = await netlab(['link', '-l', scene.name, ...words]);
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, said);
    };
    await refused(1, /a of .* has no interface eth7; did you mean eth0\?/, 'down', 'a:eth1', 'a:eth7');
    await refused(1, /has no node d; there are/, 'down', 'a:eth1', 'd:eth0');
    await refused(1, /has nothing on the host/, 'down', 'host:eth0');
    await refused(2, /found "a", expected NODE:IF/, 'down', 'a');
    await refused(2, /found "dwn", expected up, down or reset; did you mean down\?/, 'dwn', 'a:eth0');
    await refused(2, /'link set' \(impairment\) is not supported yet by this version/, 'set', 'a:eth0', 'delay');
    assert.equal(operstate(scene.name, 'a', 'eth1'), 'UP');
    await scene.assertNothingToDo();
  });
});
