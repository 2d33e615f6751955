/** nf_tables: linux/netfilter/nf_tables.h, linux/netfilter/nfnetlink.h. All numbers are in network byte order. */
import { attrs, be16, be32, be64, beS32, bytes, list, string, struct, u8 } from '../codec.ts';
import { message } from '../message.ts';
import { data, expr } from './nft-expr.ts';

/** The header of every nfnetlink message; `family` is of NFPROTO. */
export const nfgenmsg = struct('nfgenmsg', '', { family: u8, version: u8, res_id: be16 }, { family: 'nfgen_family' });

/** `table inet netlab { … }` */
export const tableAttrs = attrs('NFTA_TABLE_', {
  name: [1, string],
  flags: [2, be32],
  use: [3, be32],
  handle: [4, be64],
  userdata: [6, bytes],
});

/** `chain postrouting { type nat hook postrouting priority srcnat; policy accept; }` */
export const chainAttrs = attrs('NFTA_CHAIN_', {
  table: [1, string],
  handle: [2, be64],
  name: [3, string],
  hook: [4, attrs('NFTA_HOOK_', { hooknum: [1, be32], priority: [2, beS32], dev: [3, string] })],
  policy: [5, be32],
  use: [6, be32],
  type: [7, string],
  flags: [10, be32],
  id: [11, be32],
  userdata: [12, bytes],
});

/** A rule: its expressions run in turn, until one does not match. */
export const ruleAttrs = attrs('NFTA_RULE_', {
  table: [1, string],
  chain: [2, string],
  handle: [3, be64],
  expressions: [4, list('NFTA_LIST_ELEM', 1, expr)],
  position: [6, be64],
  userdata: [7, bytes],
  id: [9, be32],
});

/** `set blocked { type ipv4_addr; }`; `map` is the same with data. */
export const setAttrs = attrs('NFTA_SET_', {
  table: [1, string],
  name: [2, string],
  flags: [3, be32],
  key_type: [4, be32],
  key_len: [5, be32],
  data_type: [6, be32],
  data_len: [7, be32],
  policy: [8, be32],
  desc: [9, attrs('NFTA_SET_DESC_', { size: [1, be32] })],
  id: [10, be32],
  timeout: [11, be64],
  gc_interval: [12, be32],
  userdata: [13, bytes],
  handle: [16, be64],
});

const elem = attrs('NFTA_SET_ELEM_', {
  key: [1, data],
  data: [2, data],
  flags: [3, be32],
  timeout: [4, be64],
  userdata: [6, bytes],
  key_end: [10, data],
});

/** `add element inet netlab blocked { 10.0.0.1 }` */
export const setElemAttrs = attrs('NFTA_SET_ELEM_LIST_', {
  table: [1, string],
  set: [2, string],
  elements: [3, list('NFTA_LIST_ELEM', 1, elem)],
  set_id: [4, be32],
});

/** One step of a packet whose `nftrace` is set; the headers are told with the first of each chain alone. */
export const traceAttrs = attrs('NFTA_TRACE_', {
  table: [1, string],
  chain: [2, string],
  rule_handle: [3, be64],
  type: [4, be32],
  verdict: [5, attrs('NFTA_VERDICT_', { code: [1, beS32], chain: [2, string] })],
  id: [6, be32],
  network_header: [8, bytes],
  transport_header: [9, bytes],
  iif: [10, be32],
  oif: [12, be32],
  nfproto: [15, be32],
  policy: [16, be32],
});

const genAttrs = attrs('NFTA_GEN_', { id: [1, be32], proc_pid: [2, be32], proc_name: [3, string] });
const batchAttrs = attrs('NFNL_BATCH_', { genid: [1, be32] });

/** A message type is the subsystem (10, NFNL_SUBSYS_NFTABLES) in the high byte and the operation in the low one. */
const NFTABLES = 10 << 8;

/** Opens a transaction; `res_id` is the subsystem. */
export const batchbegin = message('NFNL_MSG_BATCH_BEGIN', 0x10, nfgenmsg, batchAttrs);
/** Commits it. */
export const batchend = message('NFNL_MSG_BATCH_END', 0x11, nfgenmsg, batchAttrs);

/** `nft add table inet netlab` */
export const newtable = message('NFT_MSG_NEWTABLE', NFTABLES + 0, nfgenmsg, tableAttrs);
/** `nft list tables` */
export const gettable = message('NFT_MSG_GETTABLE', NFTABLES + 1, nfgenmsg, tableAttrs);
/** `nft delete table inet netlab` */
export const deltable = message('NFT_MSG_DELTABLE', NFTABLES + 2, nfgenmsg, tableAttrs);
/** `nft destroy table inet netlab`: no error when there is none. Linux 6.3. */
export const destroytable = message('NFT_MSG_DESTROYTABLE', NFTABLES + 26, nfgenmsg, tableAttrs);
/** `nft add chain inet netlab postrouting { … }` */
export const newchain = message('NFT_MSG_NEWCHAIN', NFTABLES + 3, nfgenmsg, chainAttrs);
/** `nft list chains` */
export const getchain = message('NFT_MSG_GETCHAIN', NFTABLES + 4, nfgenmsg, chainAttrs);
/** `nft delete chain inet netlab postrouting` */
export const delchain = message('NFT_MSG_DELCHAIN', NFTABLES + 5, nfgenmsg, chainAttrs);
/** `nft add rule inet netlab postrouting oifname eth0 masquerade` */
export const newrule = message('NFT_MSG_NEWRULE', NFTABLES + 6, nfgenmsg, ruleAttrs);
/** `nft -a list chain inet netlab postrouting` */
export const getrule = message('NFT_MSG_GETRULE', NFTABLES + 7, nfgenmsg, ruleAttrs);
/** `nft delete rule inet netlab postrouting handle 4`; without a handle all of the chain */
export const delrule = message('NFT_MSG_DELRULE', NFTABLES + 8, nfgenmsg, ruleAttrs);
/** `nft add set inet netlab NAME { … }` */
export const newset = message('NFT_MSG_NEWSET', NFTABLES + 9, nfgenmsg, setAttrs);
/** `nft list sets` */
export const getset = message('NFT_MSG_GETSET', NFTABLES + 10, nfgenmsg, setAttrs);
/** `nft add element inet netlab NAME { … }` */
export const newsetelem = message('NFT_MSG_NEWSETELEM', NFTABLES + 12, nfgenmsg, setElemAttrs);
/** `nft list set inet netlab NAME` */
export const getsetelem = message('NFT_MSG_GETSETELEM', NFTABLES + 13, nfgenmsg, setElemAttrs);
/** What `nft monitor trace` prints. Never sent, only heard. */
export const trace = message('NFT_MSG_TRACE', NFTABLES + 17, nfgenmsg, traceAttrs);
/** What GETGEN is answered with. */
export const newgen = message('NFT_MSG_NEWGEN', NFTABLES + 15, nfgenmsg, genAttrs);
/** The number of the ruleset, one higher after each transaction. */
export const getgen = message('NFT_MSG_GETGEN', NFTABLES + 16, nfgenmsg, genAttrs);

export { data, expr, type Expression } from './nft-expr.ts';
