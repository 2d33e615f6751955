/** What the compiler must refuse. The lines below it says are errors; were one accepted, the build would fail. */
import { encode, type RequestOf, type ReplyOf, type ValueOf } from '../../../src/netlink/codec.ts';
import type { NetlinkSocket } from '../../../src/netlink/socket.ts';
import { type Expression } from '../../../src/netlink/spec/nftables.ts';
import { newaddr } from '../../../src/netlink/spec/rt-addr.ts';
import { getlink, type linkAttrs, newlink } from '../../../src/netlink/spec/rt-link.ts';
import { getroute, newroute } from '../../../src/netlink/spec/rt-route.ts';

type Link = ValueOf<typeof linkAttrs>;

describe('netlink types', () => {
  it('know every attribute and the kind that chooses its siblings', () => {
    const links: Link[] = [
      { ifname: 'v10', mtu: undefined, linkinfo: { kind: 'vlan', data: { id: 10 } } },
      { linkinfo: { kind: 'veth', data: { peer: { header: { index: 5 }, attrs: { ifname: 'eth0', net_ns_fd: 4 } } } } },
      { linkinfo: { slave_kind: 'bridge', slave_data: { cost: 1 } } },
      { linkinfo: { kind: 'veth', slave_kind: 'bridge', slave_data: { mode: 1 } } },
      { linkinfo: { kind: 'dummy' } },
      // @ts-expect-error a veth has no vlan id
      { linkinfo: { kind: 'veth', data: { id: 10 } } },
      // @ts-expect-error data of what?
      { linkinfo: { data: { id: 10 } } },
      // @ts-expect-error there is no such kind
      { linkinfo: { kind: 'vath' } },
      // @ts-expect-error a number
      { mtu: '1500' },
      // @ts-expect-error there is no such attribute
      { mtuu: 1500 },
      // @ts-expect-error a veth's peer has no link info
      { linkinfo: { kind: 'veth', data: { peer: { attrs: { linkinfo: {} } } } } },
    ];
    void links;
  });

  it('know expressions by their names', () => {
    const expressions: Expression[] = [
      { name: 'masq', data: {} },
      { name: 'immediate', data: { dreg: 0, data: { verdict: { code: 1 } } } },
      // @ts-expect-error masq reads no register
      { name: 'masq', data: { sreg: 1 } },
      // @ts-expect-error there is no such expression
      { name: 'msq', data: {} },
    ];
    const operation = (e: Expression): number | undefined => (e.name === 'cmp' ? e.data?.op : undefined);
    void [expressions, operation];
  });

  it('know headers: any member may be left out of a request, none is out of a reply', () => {
    const request: RequestOf<typeof newaddr> = { header: { prefixlen: 24, index: undefined } };
    encode(newaddr, request);
    // @ts-expect-error there is no such member
    void (() => encode(newaddr, { header: { prefix: 1 } }));
    // @ts-expect-error the value of another message
    void (() => encode(newroute, { attrs: { local: '10.0.0.1' } }));
    const index = (reply: ReplyOf<typeof getlink>): number => reply.header.index;
    // @ts-expect-error an attribute may be absent from a reply
    const mtu = (reply: ReplyOf<typeof getlink>): number => reply.attrs.mtu;
    void [index, mtu];
  });

  it('follow a message through the socket', () => {
    const use = (socket: NetlinkSocket): void => {
      const names: (string | undefined)[] = socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname);
      const tables: number[] = socket.dump(getroute, {}, (h) => h.table === 254).map(({ header }) => header.table);
      const batch = socket.batch<string>();
      batch.add(newlink, { attrs: { ifname: 'a' } }, 0, 'tag');
      // @ts-expect-error a tag of another type
      batch.add(newlink, {}, 0, 5);
      // @ts-expect-error there is no such attribute
      batch.add(newlink, { attrs: { ifnam: 'a' } }, 0, 'tag');
      // @ts-expect-error there is no such header member
      socket.dump(getroute, {}, (h) => h.tabel === 254);
      void [names, tables];
    };
    void use;
  });
});
