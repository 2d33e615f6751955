import assert from 'node:assert/strict';

import { forwardedPorts, needsWayOut } from '../../../src/lab/published.ts';
import { beyondUser } from '../../../src/lab/rootless.ts';
import type { NatRule } from '../../../src/model/netfilter.ts';
import type { Resource } from '../../../src/model/resource.ts';

const at = ['nodes', 'host', 'nat'];
const nat = (node: string, ...rules: readonly NatRule[]): Resource => ({
  kind: 'netfilter',
  node,
  nat: rules,
  firewall: [],
  at,
});
const publish = (port: number, proto: 'tcp' | 'udp' = 'tcp'): NatRule => ({
  type: 'publish',
  proto,
  port,
  to: '10.0.0.2',
  toPort: 80,
  at: [...at, 0, 'publish'],
});
const dnat = (more: object): NatRule => ({
  type: 'dnat',
  proto: 'tcp',
  port: 9000,
  to: [{ address: '10.0.0.2' }],
  ...more,
});

describe('the ports of the machine that lead into a lab', () => {
  const ports = (...rules: readonly NatRule[]): string[] =>
    forwardedPorts([nat('host', ...rules)], 'eth0').map(({ proto, port }) => `${proto} ${port}`);

  it('are those that host publishes, each once', () => {
    assert.deepEqual(ports(publish(80), publish(53, 'udp'), publish(80)), ['tcp 80', 'udp 53']);
    assert.deepEqual(forwardedPorts([nat('gw', publish(80))], 'eth0'), []);
  });

  it('are those of dnat for what comes in by the way out, to whatever address', () => {
    assert.deepEqual(ports(dnat({})), ['tcp 9000']);
    assert.deepEqual(ports(dnat({ in: 'eth0' })), ['tcp 9000']);
    assert.deepEqual(ports(dnat({ in: 'lab0' }), dnat({ dest: '10.9.9.9' })), []);
  });
});

describe('what stands on the host, for an ordinary user', () => {
  const outside = { program: { name: 'pasta', path: '/bin/pasta' }, interface: 'eth0', lowestPort: 1024 } as const;
  const messages = (resources: readonly Resource[], seen?: Parameters<typeof beyondUser>[2]): string[] =>
    beyondUser(resources, () => true, seen).map(([each, message]) => `${each.at?.join('.')}: ${message}`);

  it('is nothing without a place in the file: the host has a loopback anyway', () => {
    const loopback: Resource = { kind: 'sysctl', node: 'host', key: 'net.ipv4.ip_forward', value: '1' };
    assert.equal(needsWayOut({ resources: [loopback] }), false);
    assert.deepEqual(messages([loopback]), []);
    assert.equal(needsWayOut({ resources: [{ ...loopback, at: ['nodes', 'a', 'internet'] }] }), true);
  });

  it('is refused with both packages named when neither program is there', () => {
    assert.match(
      messages([nat('host', publish(8080))], { interface: 'eth0', lowestPort: 1024 })[0]!,
      /^nodes\.host\.nat: .*package slirp4netns or passt/,
    );
  });

  it('is refused when /dev/net/tun cannot be had', () => {
    const hindrance = { fact: 'there is no /dev/net/tun', remedy: 'modprobe tun' };
    assert.match(
      messages([nat('host')], { ...outside, hindrance })[0]!,
      /as root, modprobe tun; or run netlab as root/,
    );
  });

  it('may have ports from the lowest on that the machine gives to users', () => {
    assert.deepEqual(messages([nat('host', publish(1024))], outside), []);
    const [text = '', ...more] = messages([nat('host', publish(1023), publish(8080))], outside);
    assert.match(text, /^nodes\.host\.nat\.0\.publish\.port: found port 1023, .*from 1024 on/);
    assert.deepEqual(more, []);
    assert.deepEqual(messages([nat('host', publish(80))], { ...outside, lowestPort: 80 }), []);
  });
});
