/** The kinds of check by their names. */
import type { ClaimKind } from '../model/check.ts';
import type { Kind } from './kind.ts';
import { dns } from './kinds/dns.ts';
import { exec } from './kinds/exec.ts';
import { http } from './kinds/http.ts';
import { mtu } from './kinds/mtu.ts';
import { path } from './kinds/path.ts';
import { ping } from './kinds/ping.ts';
import { reach } from './kinds/reach.ts';
import { route } from './kinds/route.ts';
import { rtt } from './kinds/rtt.ts';
import { tcp } from './kinds/tcp.ts';
import { throughput } from './kinds/throughput.ts';
import { neighbor } from './kinds/neighbor.ts';
import { fdb } from './kinds/fdb.ts';
import { nft } from './kinds/nft.ts';
import { log } from './kinds/log.ts';
import { pcap } from './kinds/pcap.ts';

/** Those that are tried again and again: `steps` are taken once. */
export type TriedKind = Exclude<ClaimKind, 'steps'>;

export const KINDS: { readonly [K in TriedKind]: Kind<K> } = {
  ping,
  tcp,
  http,
  exec,
  route,
  reach,
  path,
  rtt,
  neighbor,
  fdb,
  nft,
  log,
  pcap,
  dns,
  mtu,
  throughput,
};
