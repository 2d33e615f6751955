import { AF, IFA_F, IFF, NLM_F } from '../../../src/netlink/constants.ts';
import { newaddr } from '../../../src/netlink/spec/rt-addr.ts';
import { newlink } from '../../../src/netlink/spec/rt-link.ts';
import { openNamespace, type Namespace } from './namespace.ts';

/** `ip … add`: it must not be there yet. */
export const CREATE = NLM_F.CREATE | NLM_F.EXCL;
/** Our mark on what we make. */
export const PROTO = 110;

/** eth0 (index 2) of `a` and eth0 of `b` are one veth, both up; `a` has 10.0.0.1/24 and 2001:db8::1/64 on it. */
export function openPair(): { a: Namespace; b: Namespace } {
  const a = openNamespace();
  const b = openNamespace();
  const peer = { attrs: { ifname: 'eth0', net_ns_fd: b.fd } };
  a.route.request(
    newlink,
    { header: { index: 2 }, attrs: { ifname: 'eth0', linkinfo: { kind: 'veth', data: { peer } } } },
    CREATE,
  );
  for (const { route } of [a, b]) {
    route.request(newlink, { header: { flags: IFF.UP, change: IFF.UP }, attrs: { ifname: 'eth0' } });
  }
  a.route.request(
    newaddr,
    {
      header: { family: AF.INET, prefixlen: 24, index: 2 },
      attrs: { local: '10.0.0.1', address: '10.0.0.1', proto: PROTO },
    },
    CREATE,
  );
  a.route.request(
    newaddr,
    {
      header: { family: AF.INET6, prefixlen: 64, index: 2 },
      attrs: { local: '2001:db8::1', flags: IFA_F.NODAD, proto: PROTO },
    },
    CREATE,
  );
  return { a, b };
}
