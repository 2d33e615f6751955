/**
 * What the packet filters of a node do with the probe, as the kernel itself tells (`nft monitor trace`). A table of our own marks the
 * packets that may be ours, and looks at them again behind each hook's other chains. The kernel removes the table when the socket that
 * made it is closed, however this program ends (NFT_TABLE_F_OWNER, Linux 5.12).
 */
import { NetlinkError, SystemError } from '../errors.ts';
import {
  NF,
  NF_INET,
  NFNLGRP,
  NFPROTO,
  NFT_CHAIN,
  NFT_CMP,
  NFT_META,
  NFT_PAYLOAD,
  NFT_TABLE_F,
  NFT_TRACETYPE,
  NLM_F,
} from '../netlink/constants.ts';
import { EventSocket } from '../netlink/events.ts';
import { NetlinkSocket } from '../netlink/socket.ts';
import {
  deltable,
  type Expression,
  getchain,
  getrule,
  gettable,
  newchain,
  newrule,
  newtable,
  trace,
} from '../netlink/spec/nftables.ts';
import { readComment } from '../resource/nft-comment.ts';
import { familyWord } from '../resource/table.ts';
import type { ReplyOf } from '../netlink/message.ts';
import { type IpFrame, readHeaders } from './frame.ts';
import { type Mark, NUMBERS } from './probe.ts';
import { roleInTrace } from './recognise.ts';

/** Our table while a probe is on its way. */
const TABLE = 'netlab-why';
/** Before all others, conntrack too, and behind nearly all. */
const FIRST = -301;
const LAST = 400;
const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'] as const;
const QUEUE = 1 << 20;

/** A packet that a filter has not let through. */
export interface Filtered {
  readonly hook: (typeof HOOKS)[number] | undefined;
  /** `inet netlab` */
  readonly table: string;
  readonly chain: string;
  /** The words of the rule's comment; undefined without one, and when the chain's policy dropped it. */
  readonly comment: string | undefined;
  readonly byPolicy: boolean;
  /** Somebody is told of it. */
  readonly rejects: boolean;
}

/** What is known of one packet in a node. */
export interface Passage {
  readonly role: 'probe' | 'answer';
  /** The hooks that it has come through to the end, in order, and its headers there. */
  readonly behind: readonly { readonly hook: (typeof HOOKS)[number]; readonly frame: IpFrame }[];
  readonly filtered: Filtered | undefined;
}

interface Step {
  readonly family: number;
  readonly table: string;
  readonly chain: string;
  readonly type: number;
  readonly verdict: number;
  readonly policy: number;
  readonly handle: bigint | undefined;
}

/** Of one node. Dispose of it: then the table is gone. */
export class NftTrace implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #events: EventSocket;
  readonly #mark: Mark;
  readonly #packets = new Map<
    number,
    { role: 'probe' | 'answer' | undefined; steps: Step[]; behind: Passage['behind'][number][] }
  >();

  private constructor(socket: NetlinkSocket, events: EventSocket, mark: Mark) {
    this.#socket = socket;
    this.#events = events;
    this.#mark = mark;
  }

  /** Undefined where nothing filters. @throws NetlinkError, SystemError when it cannot be traced. */
  static open(netns: number, mark: Mark): NftTrace | undefined {
    const socket = NetlinkSocket.open('netfilter', { netns });
    let events: EventSocket | undefined;
    try {
      if (socket.dump(gettable, { header: { family: NFPROTO.UNSPEC } }).length === 0) {
        socket.close();
        return undefined;
      }
      events = new EventSocket('netfilter', { netns, groups: [NFNLGRP.NFTRACE], queue: QUEUE });
      install(socket, mark);
      return new NftTrace(socket, events, mark);
    } catch (error) {
      socket.close();
      events?.close();
      // A kernel without nf_tables has no filters of its.
      if (error instanceof NetlinkError && error.errno === 'EOPNOTSUPP') return undefined;
      throw error;
    }
  }

  /** All packets of the probe's that have been heard of by now, in order. */
  passages(): Passage[] {
    this.#events.drain(({ nsid, type, reader, start, end }) => {
      if (nsid === undefined && type === trace.type) this.#note(trace.read(reader, start, end));
    });
    return [...this.#packets.values()].flatMap(({ role, steps, behind }): Passage[] =>
      role === undefined ? [] : [{ role, behind, filtered: this.#filtered(steps) }],
    );
  }

  [Symbol.dispose](): void {
    this.#events.close();
    const batch = this.#socket.nftBatch<undefined>();
    batch.add(deltable, { header: { family: NFPROTO.INET }, attrs: { name: TABLE } }, 0, undefined);
    // Gone already, or gone with the socket.
    batch.send();
    this.#socket.close();
  }

  #note({ header, attrs }: ReplyOf<typeof trace>): void {
    const id = attrs.id ?? 0;
    const packet = this.#packets.get(id) ?? { role: undefined, steps: [], behind: [] };
    this.#packets.set(id, packet);
    const { network_header: network, transport_header: transport, table = '', chain = '' } = attrs;
    if (network !== undefined && transport !== undefined && network.length > 0) {
      const frame = readHeaders(network, transport);
      if (frame !== undefined) packet.role ??= roleInTrace(frame, this.#mark);
      const hook = HOOKS.find((each) => chain === `behind-${each}`);
      if (frame !== undefined && hook !== undefined && table === TABLE) packet.behind.push({ hook, frame });
    }
    if (table === TABLE) return;
    packet.steps.push({
      family: header.family,
      table,
      chain,
      type: attrs.type ?? 0,
      verdict: attrs.verdict?.code ?? NF.ACCEPT,
      policy: attrs.policy ?? NF.ACCEPT,
      handle: attrs.rule_handle,
    });
  }

  #filtered(steps: readonly Step[]): Filtered | undefined {
    const at = steps.findIndex(
      ({ type, verdict, policy }) =>
        (type === NFT_TRACETYPE.RULE && verdict === NF.DROP) || (type === NFT_TRACETYPE.POLICY && policy === NF.DROP),
    );
    const step = steps[at];
    if (step === undefined) return undefined;
    const header = { family: step.family };
    const chains = this.#socket.dump(getchain, { header }).filter(({ attrs }) => attrs.table === step.table);
    // A rule of a chain that another one jumps to: where the packet came in is the last hooked chain before.
    const hooked = steps
      .slice(0, at + 1)
      .toReversed()
      .map((each) => chains.find(({ attrs }) => attrs.name === each.chain)?.attrs.hook?.hooknum);
    const rule = this.#socket
      .dump(getrule, { header, attrs: { table: step.table } })
      .find(({ attrs }) => attrs.table === step.table && attrs.chain === step.chain && attrs.handle === step.handle);
    const userdata = rule?.attrs.userdata;
    const byPolicy = step.type === NFT_TRACETYPE.POLICY;
    return {
      hook: HOOKS[hooked.find((each) => each !== undefined) ?? -1],
      table: `${familyWord(step.family) ?? ''} ${step.table}`.trim(),
      chain: step.chain,
      comment: byPolicy || userdata === undefined ? undefined : readComment(userdata),
      byPolicy,
      rejects: !byPolicy && rule?.attrs.expressions?.some(({ name }) => name === 'reject') === true,
    };
  }
}

/** Of all nodes that filter. Where a kernel does not let us trace, what is seen on the way must tell alone. */
export class Traces implements Disposable {
  readonly #traces = new Map<string, NftTrace>();

  constructor(namespaces: ReadonlyMap<string, number>, mark: Mark) {
    for (const [node, netns] of namespaces) {
      try {
        const trace = NftTrace.open(netns, mark);
        if (trace !== undefined) this.#traces.set(node, trace);
      } catch (error) {
        if (!(error instanceof NetlinkError || error instanceof SystemError)) throw error;
      }
    }
  }

  /** By node. */
  passages(): Map<string, Passage[]> {
    return new Map([...this.#traces].map(([node, trace]) => [node, trace.passages()]));
  }

  [Symbol.dispose](): void {
    for (const trace of this.#traces.values()) trace[Symbol.dispose]();
  }
}

/** The packet as a node's filters saw it last: its addresses may have been translated. */
export function lastSeen(
  passages: readonly Passage[] | undefined,
  role: 'probe' | 'answer',
): Passage['behind'][number] | undefined {
  return passages
    ?.filter((each) => each.role === role)
    .at(-1)
    ?.behind.at(-1);
}

function install(socket: NetlinkSocket, mark: Mark): void {
  const header = { family: NFPROTO.INET };
  const batch = socket.nftBatch<undefined>();
  const create = NLM_F.CREATE;
  batch.add(newtable, { header, attrs: { name: TABLE, flags: NFT_TABLE_F.OWNER } }, create | NLM_F.EXCL, undefined);
  const chain = (name: string, hooknum: number, priority: number): void =>
    batch.add(
      newchain,
      {
        header,
        attrs: {
          table: TABLE,
          name,
          hook: { hooknum, priority },
          type: 'filter',
          policy: NF.ACCEPT,
          flags: NFT_CHAIN.BASE,
        },
      },
      create,
      undefined,
    );
  for (const [name, hook] of [
    ['mark-prerouting', NF_INET.PRE_ROUTING],
    ['mark-output', NF_INET.LOCAL_OUT],
  ] as const) {
    chain(name, hook, FIRST);
    for (const expressions of marking(mark))
      batch.add(
        newrule,
        { header, attrs: { table: TABLE, chain: name, expressions } },
        create | NLM_F.APPEND,
        undefined,
      );
  }
  HOOKS.forEach((name, hook) => chain(`behind-${name}`, hook, LAST));
  const [refusal] = batch.send();
  if (refusal !== undefined) throw refusal.error;
}

/** `meta l4proto icmp meta nftrace set 1`; of TCP and UDP only what is from or to the probe's own port. */
function marking({ family, protocol, sourcePort }: Mark): Expression[][] {
  const equal = (value: Uint8Array): Expression => ({
    name: 'cmp',
    data: { sreg: 1, op: NFT_CMP.EQ, data: { value } },
  });
  const isProtocol: Expression[] = [
    { name: 'meta', data: { dreg: 1, key: NFT_META.L4PROTO } },
    equal(Uint8Array.of(NUMBERS[protocol][family])),
  ];
  const set: Expression[] = [
    { name: 'immediate', data: { dreg: 1, data: { value: Uint8Array.of(1) } } },
    { name: 'meta', data: { key: NFT_META.NFTRACE, sreg: 1 } },
  ];
  if (protocol === 'icmp') return [[...isProtocol, ...set]];
  return [0, 2].map((offset) => [
    ...isProtocol,
    { name: 'payload', data: { dreg: 1, base: NFT_PAYLOAD.TRANSPORT_HEADER, offset, len: 2 } },
    equal(Uint8Array.of(sourcePort >> 8, sourcePort & 0xff)),
    ...set,
  ]);
}
