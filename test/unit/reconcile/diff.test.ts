import assert from 'node:assert/strict';

import type { Isolation, Link, Resource, Route } from '../../../src/model/resource.ts';
import { type Change, diff, pruning } from '../../../src/reconcile/diff.ts';
import { keyOf } from '../../../src/resource/index.ts';

const veth = (node: string, name: string, peer: [string, string], more: Partial<Link> = {}): Link => ({
  kind: 'link',
  node,
  name,
  type: 'veth',
  up: true,
  mtu: 1500,
  peer: { node: peer[0], link: peer[1] },
  ...more,
});
const route = (to: string, via: string, more: Partial<Route> = {}): Route => ({
  kind: 'route',
  node: 'a',
  to,
  type: 'unicast',
  table: 254,
  metric: 0,
  nexthops: [{ via, dev: 'eth0', weight: 1 }],
  ...more,
});
const address = (prefix: string): Resource => ({ kind: 'address', node: 'a', link: 'eth0', prefix, scope: 'global' });

//  a ── eth0 ─── eth0 ── b
const pair: Resource[] = [
  veth('a', 'eth0', ['b', 'eth0']),
  veth('b', 'eth0', ['a', 'eth0']),
  address('10.0.0.1/24'),
  route('10.2.0.0/24', '10.0.0.2'),
];

const all = (resources: readonly Resource[]): ReadonlySet<string> => new Set(resources.map(keyOf));
const words = ({ action, wanted, found }: Change): string => `${action} ${keyOf((wanted ?? found)!)}`;

describe('diff', () => {
  it('finds nothing to do between equal lists', () => {
    assert.deepEqual(diff(pair, { resources: pair, ours: all(pair) }), { changes: [], unmanaged: [] });
  });

  it('creates what is not there, and says why', () => {
    const { changes } = diff(pair, { resources: [], ours: new Set() });
    assert.deepEqual(changes.map(words), [
      'create link a:eth0',
      'create link b:eth0',
      'create address a:eth0 10.0.0.1/24',
      'create route a 10.2.0.0/24 table 254 metric 0',
    ]);
    assert.equal(changes[0]?.reason, 'the file has it, the kernel does not');
  });

  it('removes only what is ours, and tells of the rest', () => {
    const foreign = route('10.9.0.0/24', '10.0.0.9');
    const ours = route('10.8.0.0/24', '10.0.0.8');
    const { changes, unmanaged } = diff(pair, { resources: [...pair, foreign, ours], ours: all([...pair, ours]) });
    assert.deepEqual(changes.map(words), ['remove route a 10.8.0.0/24 table 254 metric 0']);
    assert.deepEqual(unmanaged, [foreign]);
  });

  it('changes in place what can be, naming each property', () => {
    const found = [veth('a', 'eth0', ['b', 'eth0'], { mtu: 1400, up: false }), ...pair.slice(1)];
    const [change, ...rest] = diff(pair, { resources: found, ours: all(pair) }).changes;
    assert.deepEqual(rest, []);
    assert.equal(change?.action, 'update');
    assert.deepEqual(change?.differences, [
      { field: 'mtu', from: '1400', to: '1500' },
      { field: 'up', from: 'false', to: 'true' },
    ]);
    assert.equal(change?.reason, 'mtu 1400 → 1500, up false → true');
  });

  it('does not compare what the wanted link leaves open', () => {
    const { mtu: _, ...open } = veth('a', 'eth0', ['b', 'eth0']);
    const found = veth('a', 'eth0', ['b', 'eth0'], { mtu: 9000, mac: '02:00:00:00:00:01' });
    assert.deepEqual(diff([open], { resources: [found], ours: new Set() }).changes, []);
  });

  it('makes a pair anew whose type changed, both ends and all that stands on them', () => {
    const bridge: Link = { kind: 'link', node: 'a', name: 'eth0', type: 'bridge', up: true };
    const found = [bridge, veth('b', 'eth0', ['c', 'x']), ...pair.slice(2)];
    const changes = diff(pair, { resources: found, ours: all(found) }).changes;
    assert.deepEqual(changes.map(words), [
      'replace link a:eth0',
      'replace link b:eth0',
      'create address a:eth0 10.0.0.1/24',
      'create route a 10.2.0.0/24 table 254 metric 0',
    ]);
    assert.equal(changes[0]?.reason, 'type bridge → veth');
    assert.equal(changes[2]?.reason, 'its link is made anew');
    assert.equal(changes[0]?.disturbs, 'b:eth0 goes with it; addresses and routes of it are put back');
    assert.equal(changes[1]?.disturbs, undefined, 'said once');
    const far: Resource = { kind: 'address', node: 'b', link: 'eth0', prefix: '10.0.0.2/24', scope: 'global' };
    const both = diff([...pair, far], { resources: [...found, far], ours: all([...found, far]) }).changes;
    assert.equal(both[0]?.disturbs, 'b:eth0 goes with it; addresses and routes of both are put back');
  });

  it('a link that is new disturbs nobody, though its far end must change its type', () => {
    const bridge: Link = { kind: 'link', node: 'a', name: 'eth0', type: 'bridge', up: true };
    const far: Resource = { kind: 'address', node: 'b', link: 'eth0', prefix: '10.0.0.2/24', scope: 'global' };
    const found = [bridge, ...pair.slice(2)];
    const { changes } = diff([...pair, far], { resources: found, ours: all(found) });
    assert.deepEqual(
      changes.map(({ disturbs }) => disturbs),
      ['addresses and routes of it are put back', undefined, undefined, undefined, undefined],
    );
  });

  it('says of a link that is made anew what stands on it and is lost, and what else goes and comes', () => {
    const vxlan = (id: number): Link => {
      const options = { id, port: 4789, learning: true, link: 'eth0' };
      return { kind: 'link', node: 'a', name: 'vx0', type: 'vxlan', up: true, master: 'br0', vxlan: options };
    };
    const setting: Resource = { kind: 'sysctl', node: 'a', key: 'net.ipv4.conf.eth0.rp_filter', value: '1' };
    const typed: Resource = { kind: 'address', node: 'a', link: 'vx0', prefix: '10.66.0.1/24', scope: 'global' };
    const wanted = [...pair, vxlan(1), setting];
    const found = [veth('a', 'eth0', ['c', 'x']), ...pair.slice(1), vxlan(1), setting, typed];
    const { changes, unmanaged } = diff(wanted, { resources: found, ours: all(wanted) });
    assert.deepEqual(unmanaged, [], 'what is lost does not stay');
    assert.equal(changes.find(({ reason }) => reason === 'it stands on a:eth0')?.action, 'replace');
    assert.equal(
      changes[0]?.disturbs,
      "b:eth0 and a:vx0 go with it; settings, addresses and routes of it are put back; not netlab's, and lost: address 10.66.0.1/24 on a:vx0",
    );
  });

  it('gives the ports of a bridge that is made anew their master back', () => {
    const dummy: Link = { kind: 'link', node: 'a', name: 'br0', type: 'dummy', up: true };
    const wanted = [{ ...dummy, type: 'bridge' as const }, veth('a', 'eth0', ['b', 'eth0'], { master: 'br0' })];
    const { changes } = diff(wanted, { resources: [dummy, wanted[1]!], ours: all(wanted) });
    assert.deepEqual(changes.map(words), ['replace link a:br0', 'update link a:eth0']);
    assert.equal(changes[0]?.disturbs, 'ports of it are put back');
    assert.deepEqual(changes[1]?.differences, [{ field: 'master', to: 'br0' }]);
  });

  it('leaves a route of several ways to those that remain, and mends it', () => {
    const ways = [
      { via: '10.0.0.2', dev: 'eth0', weight: 1 },
      { via: '10.1.0.2', dev: 'eth1', weight: 1 },
    ];
    const wanted = [...pair.slice(0, 2), route('10.5.0.0/24', '', { nexthops: ways })];
    const found = [veth('a', 'eth0', ['c', 'x']), ...wanted.slice(1)];
    const { changes } = diff(wanted, { resources: found, ours: all(wanted) });
    assert.equal(changes.at(-1)?.action, 'update');
    assert.equal(changes.at(-1)?.reason, 'its link is made anew');
  });

  it('starts the processes of a node anew that starts anew, and says so', () => {
    const node = (...isolation: Isolation[]): Resource => {
      return { kind: 'namespace', node: 'a', role: 'node', hostname: 'a', isolation };
    };
    const process = (name: string, restart: 'no' | 'always'): Resource => ({
      kind: 'process',
      node: 'a',
      name,
      command: ['x'],
      env: {},
      restart,
      stop: { signal: 'TERM', timeoutMs: 1 },
      after: [],
    });
    const wanted = [node('net', 'uts'), process('same', 'no'), process('kept', 'always'), process('new', 'no')];
    const found = [node('net'), process('same', 'no'), process('kept', 'no')];
    const { changes } = diff(wanted, { resources: found, ours: all(found) });
    assert.deepEqual(
      changes.map((change) => [words(change), change.reason]),
      [
        ['update namespace a', 'isolation net → net, uts'],
        ['replace process a/kept', 'restart no → always; its node starts anew'],
        ['create process a/new', 'the file has it, and it does not run'],
        ['replace process a/same', 'its node starts anew'],
      ],
    );
  });

  it('prunes what others made, but nothing of the host', () => {
    const foreign = route('10.9.0.0/24', '10.0.0.9');
    const found = [foreign, { ...foreign, node: 'host' }];
    const { unmanaged } = diff([], { resources: found, ours: new Set() });
    assert.deepEqual(pruning(unmanaged).map(words), ['remove route a 10.9.0.0/24 table 254 metric 0']);
  });

  it('makes the far end anew with a near end that is gone', () => {
    const found = pair.slice(1);
    const changes = diff(pair, { resources: found, ours: all(found) }).changes;
    assert.deepEqual(changes.map(words).slice(0, 2), ['create link a:eth0', 'replace link b:eth0']);
    assert.match(changes[1]?.reason ?? '', /it goes with a:eth0/);
  });

  it('tells routes apart as the kernel does: by destination, table and metric', () => {
    const other = route('10.2.0.0/24', '10.0.0.3', { metric: 50 });
    const { changes } = diff([...pair, other], { resources: pair, ours: all(pair) });
    assert.deepEqual(changes.map(words), ['create route a 10.2.0.0/24 table 254 metric 50']);
    const moved = diff([...pair.slice(0, 3), route('10.2.0.0/24', '10.0.0.7')], { resources: pair, ours: all(pair) });
    assert.deepEqual(moved.changes.map(words), ['update route a 10.2.0.0/24 table 254 metric 0']);
    assert.equal(moved.changes[0]?.reason, 'nexthops via 10.0.0.2 dev eth0 → via 10.0.0.7 dev eth0');
  });

  it('does not mind in which order the ways of a route are told', () => {
    const ways = [
      { via: '10.0.0.2', dev: 'eth0', weight: 1 },
      { via: '10.0.0.3', dev: 'eth0', weight: 2 },
    ];
    const wanted = route('10.5.0.0/24', '', { nexthops: ways });
    const found = route('10.5.0.0/24', '', { nexthops: ways.toReversed() });
    assert.deepEqual(diff([wanted], { resources: [found], ours: new Set() }).changes, []);
  });
});
