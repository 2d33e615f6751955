import { until } from '../../support/index.ts';
import { type Namespace, openNamespace } from '../netlink/namespace.ts';

/**
 * Three machines in a row, made with ip(8): `a` (10.0.0.2, 2001:db8::2), the router `r` (10.0.0.1 and 10.0.1.1, 2001:db8::1 and
 * 2001:db8:1::1) and `b` (10.0.1.2, 2001:db8:1::2). The link to `b` has an MTU of 1400. On `r`: no route but to the two networks,
 * `prohibit` to 10.9.0.0/16, and `unreachable` to 10.8.0.0/16; the same for 2001:db8:9::/48 and 2001:db8:8::/48.
 */
export interface Routed extends Disposable {
  readonly a: Namespace;
  readonly r: Namespace;
  readonly b: Namespace;
}

/** Resolves when both families get through: a link that has just come up takes a moment to say so. */
export async function openRouted(): Promise<Routed> {
  const [a, r, b] = [openNamespace(), openNamespace(), openNamespace()];
  const ip = (where: Namespace, ...commands: readonly string[]): void => {
    for (const command of commands) where.tool('ip', ...command.split(' '));
  };
  const path = (where: Namespace): string => `/proc/${process.pid}/fd/${where.fd}`;
  for (const where of [a, r, b]) {
    where.tool('sysctl', '-qw', 'net.ipv6.conf.all.accept_dad=0', 'net.ipv6.conf.default.accept_dad=0');
    ip(where, 'link set lo up');
  }
  r.tool('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
  // With its usual 1000 a router that has refused twice, and is asked again and again, is silent for ever: two counters of the kernel's
  // take from the same tokens, and one has them all.
  r.tool('sysctl', '-qw', 'net.ipv4.icmp_ratelimit=0');
  ip(
    r,
    `link add eth0 type veth peer name eth0 netns ${path(a)}`,
    `link add eth1 type veth peer name eth0 netns ${path(b)}`,
  );
  ip(a, 'address add 10.0.0.2/24 dev eth0', 'address add 2001:db8::2/64 dev eth0 nodad', 'link set eth0 up');
  ip(r, 'address add 10.0.0.1/24 dev eth0', 'address add 2001:db8::1/64 dev eth0 nodad', 'link set eth0 up');
  ip(r, 'address add 10.0.1.1/24 dev eth1', 'address add 2001:db8:1::1/64 dev eth1 nodad', 'link set eth1 up mtu 1400');
  ip(b, 'address add 10.0.1.2/24 dev eth0', 'address add 2001:db8:1::2/64 dev eth0 nodad', 'link set eth0 up mtu 1400');
  ip(a, 'route add default via 10.0.0.1', '-6 route add default via 2001:db8::1');
  ip(b, 'route add default via 10.0.1.1', '-6 route add default via 2001:db8:1::1');
  ip(r, 'route add prohibit 10.9.0.0/16', '-6 route add prohibit 2001:db8:9::/48');
  ip(r, 'route add unreachable 10.8.0.0/16', '-6 route add unreachable 2001:db8:8::/48');
  for (const to of ['10.0.1.2', '2001:db8:1::2'])
    await until(() => a.tool('ping', '-n', '-c', '1', '-W', '1', to), { what: `ping ${to}` });
  return {
    a,
    r,
    b,
    [Symbol.dispose]() {
      for (const where of [a, r, b]) where.close();
    },
  };
}
