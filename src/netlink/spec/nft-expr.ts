/** The instructions of nft's register machine: linux/netfilter/nf_tables.h. All numbers are in network byte order. */
import { attrs, be16, be32, be64, beS32, bytes, select, string, u8, type ValueOf } from '../codec.ts';

/** What stands in a register: bytes as they are in the packet, or what becomes of the packet. */
export const data = attrs('NFTA_DATA_', {
  value: [1, bytes],
  verdict: [2, attrs('NFTA_VERDICT_', { code: [1, beS32], chain: [2, string] })],
});

/** One instruction; of names that are not here only the name is read. */
export const expr = attrs('NFTA_EXPR_', {
  name: [1, string],
  data: [
    2,
    select('name', {
      /** `oifname`: load a fact about the packet */
      meta: attrs('NFTA_META_', { dreg: [1, be32], key: [2, be32], sreg: [3, be32] }),
      /** `ct state` */
      ct: attrs('NFTA_CT_', { dreg: [1, be32], key: [2, be32], direction: [3, u8], sreg: [4, be32] }),
      /** `fib daddr type` */
      fib: attrs('NFTA_FIB_', { dreg: [1, be32], result: [2, be32], flags: [3, be32] }),
      /** `ip daddr`: load bytes of the packet */
      payload: attrs('NFTA_PAYLOAD_', {
        dreg: [1, be32],
        base: [2, be32],
        offset: [3, be32],
        len: [4, be32],
        sreg: [5, be32],
        csum_type: [6, be32],
        csum_offset: [7, be32],
        csum_flags: [8, be32],
      }),
      immediate: attrs('NFTA_IMMEDIATE_', { dreg: [1, be32], data: [2, data] }),
      /** `& 255.255.255.0` */
      bitwise: attrs('NFTA_BITWISE_', {
        sreg: [1, be32],
        dreg: [2, be32],
        len: [3, be32],
        mask: [4, data],
        xor: [5, data],
        op: [6, be32],
        data: [7, data],
      }),
      /** `==`, or the rule ends here */
      cmp: attrs('NFTA_CMP_', { sreg: [1, be32], op: [2, be32], data: [3, data] }),
      /** `1000-2000` */
      range: attrs('NFTA_RANGE_', { sreg: [1, be32], op: [2, be32], from_data: [3, data], to_data: [4, data] }),
      /** `@set`, `vmap { … }` */
      lookup: attrs('NFTA_LOOKUP_', {
        set: [1, string],
        sreg: [2, be32],
        dreg: [3, be32],
        set_id: [4, be32],
        flags: [5, be32],
      }),
      /** `snat to`, `dnat to` */
      nat: attrs('NFTA_NAT_', {
        type: [1, be32],
        family: [2, be32],
        reg_addr_min: [3, be32],
        reg_addr_max: [4, be32],
        reg_proto_min: [5, be32],
        reg_proto_max: [6, be32],
        flags: [7, be32],
      }),
      /** `masquerade` */
      masq: attrs('NFTA_MASQ_', { flags: [1, be32], reg_proto_min: [2, be32], reg_proto_max: [3, be32] }),
      /** `redirect to :8080` */
      redir: attrs('NFTA_REDIR_', { reg_proto_min: [1, be32], reg_proto_max: [2, be32], flags: [3, be32] }),
      counter: attrs('NFTA_COUNTER_', { bytes: [1, be64], packets: [2, be64] }),
      log: attrs('NFTA_LOG_', {
        group: [1, be16],
        prefix: [2, string],
        snaplen: [3, be32],
        qthreshold: [4, be16],
        level: [5, be32],
        flags: [6, be32],
      }),
      /** `reject with tcp reset` */
      reject: attrs('NFTA_REJECT_', { type: [1, be32], icmp_code: [2, u8] }),
      /** `numgen random mod 2` */
      numgen: attrs('NFTA_NG_', { dreg: [1, be32], modulus: [2, be32], type: [3, be32], offset: [4, be32] }),
    }),
  ],
});

/** One instruction with its operands: `{ name: 'masq', data: {} }`. */
export type Expression = ValueOf<typeof expr>;
