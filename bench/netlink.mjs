// Nanoseconds to encode and decode one message of each common kind. node bench/netlink.mjs (after npm run build)
import { encode, encodeInto } from '../dist/src/netlink/codec.js';
import { newrule } from '../dist/src/netlink/spec/nftables.js';
import { newaddr } from '../dist/src/netlink/spec/rt-addr.js';
import { newlink } from '../dist/src/netlink/spec/rt-link.js';
import { newroute } from '../dist/src/netlink/spec/rt-route.js';
import { Reader, Writer } from '../dist/src/netlink/wire.js';

const address = (family, ip) => ({
  header: { family, prefixlen: 24, index: 3 },
  attrs: { local: ip, address: ip, flags: 2, proto: 110 },
});
const end = (fd, index) => ({
  header: { index },
  attrs: { ifname: 'eth0', address: '02:00:00:00:00:01', mtu: 1500, num_tx_queues: 1, num_rx_queues: 1, net_ns_fd: fd },
});
const veth = end(4, 10);
const value = Uint8Array.of(10, 0, 0, 1);
const expressions = [
  { name: 'payload', data: { dreg: 1, base: 1, offset: 12, len: 4 } },
  { name: 'cmp', data: { sreg: 1, op: 0, data: { value } } },
  { name: 'masq', data: {} },
];
const cases = {
  'address IPv4': [newaddr, address(2, '10.0.0.1')],
  'address IPv6': [newaddr, address(10, '2001:db8::1')],
  'veth, both ends': [
    newlink,
    { ...veth, attrs: { ...veth.attrs, linkinfo: { kind: 'veth', data: { peer: end(5, 11) } } } },
  ],
  'route IPv4': [
    newroute,
    {
      header: { family: 2, dst_len: 24, table: 254, type: 1 },
      attrs: { dst: '10.2.0.0', gateway: '10.0.0.2', oif: 3 },
    },
  ],
  'nft rule': [newrule, { header: { family: 1 }, attrs: { table: 't', chain: 'c', expressions } }],
};

function nanoseconds(run) {
  const runs = [];
  for (let round = 0; round < 7; round++) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 50_000; i++) run(i);
    runs.push(Number(process.hrtime.bigint() - start) / 50_000);
  }
  return Math.round(runs.toSorted((a, b) => a - b)[2]);
}

console.log('| message | bytes | encode ns | decode ns | skipped by its header ns |\n|---|---|---|---|---|');
for (const [name, [message, v]] of Object.entries(cases)) {
  const writer = new Writer();
  const reader = new Reader(encode(message, v));
  const { length } = reader.bytes;
  const write = nanoseconds((i) => {
    writer.at = 0;
    encodeInto(writer, message, v, 5, i);
  });
  const read = nanoseconds(() => message.read(reader, 16, length));
  const skip = nanoseconds(() => message.read(reader, 16, length, () => false));
  console.log(`| ${name} | ${length} | ${write} | ${read} | ${skip} |`);
}
