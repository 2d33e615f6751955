/** One line of `iptables` → what it does to a chain, as far as `nat` and `firewall` can say it. */
import { basename } from 'node:path';

import { formatPrefix, networkOf, parsePrefix } from '../../model/address.ts';
import { withLength } from '../network/address.ts';
import { Words } from '../network/words.ts';
import { portOf, portsOf } from './ports.ts';

/** Which packets, in the words of `firewall`. */
export interface Match {
  in?: string;
  out?: string;
  from?: string[];
  to?: string[];
  proto?: 'tcp' | 'udp' | 'icmp' | 'sctp' | 'gre' | 'esp' | 'ah';
  port?: (string | number)[];
  source_port?: (string | number)[];
  state?: string[];
  icmp_type?: string;
  comment?: string;
}

/** A rule of a chain. */
export interface TableRule {
  readonly match: Match;
  /** `ACCEPT`, `MASQUERADE` … */
  readonly target: string;
  /** `--to-destination 10.0.0.1:80`, `--reject-with tcp-reset`, `--log-prefix x`: the value by the name. */
  readonly options: Readonly<Record<string, string>>;
  /** `-m statistic --mode random --probability 0.5` */
  readonly probability?: number;
}

/** What one line asks for. `at` counts from 1, as iptables does. */
export type TableLine =
  | { readonly verb: 'nothing' }
  | { readonly verb: 'flush'; readonly table: string; readonly chain?: string }
  | { readonly verb: 'policy'; readonly table: string; readonly chain: string; readonly policy: string }
  | { readonly verb: 'append' | 'delete'; readonly table: string; readonly chain: string; readonly rule: TableRule }
  | { readonly verb: 'insert'; readonly table: string; readonly chain: string; readonly rule: TableRule; at: number }
  | { readonly verb: 'delete at'; readonly table: string; readonly chain: string; readonly at: number };

/** Whether a text speaks of a packet filter at all. */
export function speaksOfFilters(text: string): boolean {
  return /\b(?:(?:ip6?|arp|eb)tables|nft|ufw|firewall-cmd|firewalld|shorewall|netfilter-persistent)\b/.test(text);
}

/** Whether a command is one of iptables'. */
export function isIptables(words: readonly string[]): boolean {
  return /^iptables(?:-legacy|-nft)?$/.test(basename(words[0] ?? ''));
}

const VERBS: Readonly<Record<string, string>> = {
  '-A': 'append', '--append': 'append', '-I': 'insert', '--insert': 'insert', '-D': 'delete', '--delete': 'delete',
  '-P': 'policy', '--policy': 'policy', '-F': 'flush', '--flush': 'flush', '-X': 'nothing', '--delete-chain': 'nothing',
  '-Z': 'nothing', '--zero': 'nothing', '-L': 'nothing', '--list': 'nothing', '-S': 'nothing', '--list-rules': 'nothing',
}; // prettier-ignore

/** Undefined for what the keys cannot say, and for what iptables would refuse. */
export function readIptables(words: readonly string[]): TableLine | undefined {
  const rest = new Words(words.slice(1));
  let table = 'filter';
  let verb: string | undefined;
  const operands: string[] = [];
  const spec: string[] = [];
  while (!rest.done) {
    const word = rest.take();
    if (word === '-t' || word === '--table') table = rest.take();
    else if (word === '-w' || word === '--wait') rest.skip('5', '10');
    else if (Object.hasOwn(VERBS, word)) {
      if (verb !== undefined) return undefined;
      verb = VERBS[word]!;
      while (!rest.done && /^\w/.test(rest.next!)) operands.push(rest.take());
    } else spec.push(word);
  }
  const [chain, second] = operands;
  if (verb === 'nothing') return { verb };
  if (verb === 'flush') return { verb, table, ...(chain === undefined ? {} : { chain }) };
  if (verb === undefined || chain === undefined) return undefined;
  if (verb === 'policy') return second === undefined ? undefined : { verb, table, chain, policy: second };
  const at = second === undefined ? undefined : Number(second);
  if (at !== undefined && (!Number.isInteger(at) || at < 1)) return undefined;
  if (verb === 'delete' && at !== undefined)
    return spec.length > 0 ? undefined : { verb: 'delete at', table, chain, at };
  const rule = ruleOf(new Words(spec));
  if (rule === undefined || (verb === 'append' && at !== undefined)) return undefined;
  return verb === 'insert' ? { verb, table, chain, rule, at: at ?? 1 } : { verb: verb as 'append', table, chain, rule };
}

const MODULES = new Set(['tcp', 'udp', 'icmp', 'sctp', 'state', 'conntrack', 'multiport', 'comment', 'statistic']);
const PROTOCOLS = new Set(['tcp', 'udp', 'icmp', 'sctp', 'gre', 'esp', 'ah']);
const STATES = /^(?:new|established|related|invalid|untracked)$/;

/** `-i eth0 -p tcp --dport 80 -j ACCEPT` */
function ruleOf(rest: Words): TableRule | undefined {
  const match: Match = {};
  const options: Record<string, string> = {};
  let target: string | undefined;
  let probability: number | undefined;
  while (!rest.done) {
    const word = rest.take();
    const value = rest.take();
    if (value === '') return undefined;
    if (word === '-i' || word === '--in-interface') match.in = value;
    else if (word === '-o' || word === '--out-interface') match.out = value;
    else if (/^(?:-s|--source|--src)$/.test(word)) match.from = networks(value);
    else if (/^(?:-d|--destination|--dst)$/.test(word)) match.to = networks(value);
    else if (/^(?:-p|--protocol|--proto)$/.test(word)) {
      const proto = value.toLowerCase();
      if (PROTOCOLS.has(proto)) match.proto = proto as 'tcp';
      else if (proto !== 'all') return undefined;
    } else if (word === '-m' || word === '--match') {
      if (!MODULES.has(value)) return undefined;
    } else if (/^--(?:dport|destination-port|dports|destination-ports)$/.test(word)) match.port = portsOf(value);
    else if (/^--(?:sport|source-port|sports|source-ports)$/.test(word)) match.source_port = portsOf(value);
    else if (word === '--state' || word === '--ctstate') match.state = value.toLowerCase().split(',');
    else if (word === '--icmp-type') match.icmp_type = value;
    else if (word === '--comment') match.comment = value;
    else if (word === '--mode') {
      if (value !== 'random') return undefined;
    } else if (word === '--probability') probability = Number(value);
    else if (word === '-j' || word === '--jump') target = value;
    else if (/^--(?:to-source|to-destination|to-ports?|reject-with|log-prefix|log-level)$/.test(word))
      options[word.replace(/^--/, '').replace(/^to-port$/, 'to-ports')] = value;
    else return undefined;
  }
  if (target === undefined || !isSound(match)) return undefined;
  return { match, target, options, ...(probability === undefined ? {} : { probability }) };
}

/** Whether each part was understood. An interface that ends in + stands for several, and the keys have names alone. */
function isSound(match: Match): boolean {
  const { in: into = '', out = '', from = [''], to = [''], port = [1], source_port = [1], state = [], proto } = match;
  if (`${into}${out}`.includes('+') || from.length * to.length * port.length * source_port.length === 0) return false;
  if ((match.port ?? match.source_port) !== undefined && !/^(?:tcp|udp|sctp)$/.test(proto ?? '')) return false;
  if (match.icmp_type !== undefined && proto !== 'icmp') return false;
  return state.every((each) => STATES.test(each)) && /^[^"\p{Cc}]{0,127}$/u.test(match.comment ?? '');
}

/** `10.0.0.1,10.1.0.0/16`; none where one of them is no IPv4 network. */
function networks(text: string): string[] {
  const all = text.split(',').map((each) => {
    const [address = '', mask] = each.split('/');
    const length = mask === undefined ? undefined : portOf(mask);
    const whole =
      length === undefined && mask !== undefined ? undefined : withLength(length === undefined ? address : each);
    const prefix = whole === undefined ? undefined : parsePrefix(whole);
    return prefix?.bytes.length === 4 ? formatPrefix(networkOf(prefix)) : undefined;
  });
  return all.includes(undefined) ? [] : (all as string[]);
}
