/** From the lines of a node's `nat` to the rules of the table `inet netlab`, and to words and back. */
import type { NatRule, Protocol } from '../model/resource.ts';
import type { Expression } from '../netlink/spec/nftables.ts';
import { daddr, dport, iifname, masquerade, oifname, saddr, toThisNode, translate } from './nft-expression.ts';

export type NatChain = 'prerouting' | 'output' | 'postrouting';

/** One rule of the table. `words` is its comment, which `nft list ruleset` prints beside it. */
export interface TableRule {
  readonly chain: NatChain;
  readonly words: string;
  /** The same in the language of `nft`. */
  readonly nft: string;
  readonly expressions: readonly Expression[];
}

/** A line of `nat` in words; {@link parseRule} reads them back. */
export function ruleWords(rule: NatRule): string {
  switch (rule.type) {
    case 'masquerade':
      return join('masquerade', pair('out', rule.out), pair('from', rule.from));
    case 'snat':
      return join('snat', pair('out', rule.out), pair('from', rule.from), pair('to', rule.to));
    case 'dnat':
      return join(
        'dnat',
        pair('in', rule.in),
        pair('dest', rule.dest),
        pair('proto', rule.proto),
        pair('port', rule.port),
        pair('to', endpoint(rule.to, rule.toPort)),
      );
    case 'publish':
      return join(
        'publish',
        pair('proto', rule.proto),
        pair('port', rule.port),
        pair('to', endpoint(rule.to, rule.toPort)),
        pair('hairpin', rule.hairpin),
      );
  }
}

/** The line of `nat` that a comment of ours stands for. Undefined when it is not one of ours. */
export function parseRule(words: string): NatRule | undefined {
  const [type, ...rest] = words.split(' ');
  const value = new Map<string, string>();
  for (let i = 0; i + 1 < rest.length; i += 2) value.set(rest[i]!, rest[i + 1]!);
  const text = <K extends string>(key: K): { [P in K]?: string } => {
    const found = value.get(key);
    return (found === undefined ? {} : { [key]: found }) as { [P in K]?: string };
  };
  const to = splitEndpoint(value.get('to') ?? '');
  const proto = value.get('proto') as Protocol | undefined;
  switch (type) {
    case 'masquerade':
      return { type, ...text('out'), ...text('from') };
    case 'snat':
      return { type, ...text('out'), ...text('from'), to: to.address };
    case 'dnat':
      return {
        type,
        ...text('in'),
        ...text('dest'),
        ...(proto === undefined ? {} : { proto }),
        ...(value.has('port') ? { port: Number(value.get('port')) } : {}),
        to: to.address,
        ...(to.port === undefined ? {} : { toPort: to.port }),
      };
    case 'publish':
      return {
        type,
        proto: proto ?? 'tcp',
        port: Number(value.get('port')),
        to: to.address,
        toPort: to.port ?? 0,
        ...text('hairpin'),
      };
    default:
      return undefined;
  }
}

/** The rules of the table, in the order in which they stand in their chains. */
export function compile(rules: readonly NatRule[]): TableRule[] {
  return rules.flatMap(compileRule);
}

function compileRule(rule: NatRule): TableRule[] {
  const words = ruleWords(rule);
  const make = (chain: NatChain, nft: string[], expressions: Expression[]): TableRule => ({
    chain,
    words,
    nft: nft.filter((clause) => clause !== '').join(' '),
    expressions,
  });
  switch (rule.type) {
    case 'masquerade':
    case 'snat': {
      const { out, from } = rule;
      const action: [string, Expression[]] =
        rule.type === 'masquerade'
          ? ['masquerade', masquerade()]
          : [`snat ${ipWord(rule.to)} to ${rule.to}`, translate('snat', rule.to)];
      return [
        make(
          'postrouting',
          [clause('oifname', quote(out)), from === undefined ? '' : `${ipWord(from)} saddr ${from}`, action[0]],
          [...(out === undefined ? [] : oifname(out)), ...(from === undefined ? [] : saddr(from)), ...action[1]],
        ),
      ];
    }
    case 'dnat': {
      const { dest, proto, port, to, toPort } = rule;
      const match: [string[], Expression[]] = [
        [
          clause('iifname', quote(rule.in)),
          dest === undefined ? '' : `${ipWord(dest)} daddr ${dest}`,
          proto === undefined ? '' : port === undefined ? `meta l4proto ${proto}` : `${proto} dport ${port}`,
          `dnat ${ipWord(to)} to ${endpoint(to, toPort)}`,
        ],
        [
          ...(rule.in === undefined ? [] : iifname(rule.in)),
          ...(dest === undefined ? [] : daddr(dest)),
          ...(proto === undefined ? [] : dport(proto, port)),
          ...translate('dnat', to, toPort),
        ],
      ];
      // A service address is reached from the node itself too; a rule that names where packets come in is not about the node's own.
      const own = rule.in === undefined && dest !== undefined;
      return [make('prerouting', ...match), ...(own ? [make('output', ...match)] : [])];
    }
    case 'publish': {
      const { proto, port, to, toPort, hairpin } = rule;
      const match: [string[], Expression[]] = [
        ['fib daddr type local', `${proto} dport ${port}`, `dnat ${ipWord(to)} to ${endpoint(to, toPort)}`],
        [...toThisNode(), ...dport(proto, port), ...translate('dnat', to, toPort)],
      ];
      // Answers must come back through this node. They would not if the caller stood beside the target (hairpin), and they
      // could not if it called from 127.0.0.1.
      const sources = [...(hairpin === undefined ? [] : [hairpin]), to.includes(':') ? '::1/128' : '127.0.0.0/8'];
      const back = sources.map((source) =>
        make(
          'postrouting',
          [`${ipWord(to)} saddr ${source}`, `${ipWord(to)} daddr ${to}`, `${proto} dport ${toPort}`, 'masquerade'],
          [...saddr(source), ...daddr(to), ...dport(proto, toPort), ...masquerade()],
        ),
      );
      return [make('prerouting', ...match), make('output', ...match), ...back];
    }
  }
}

function join(...words: string[]): string {
  return words.filter((word) => word !== '').join(' ');
}

function pair(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `${name} ${value}`;
}

function clause(name: string, value: string | undefined): string {
  return value === undefined ? '' : `${name} ${value}`;
}

function quote(name: string | undefined): string | undefined {
  return name === undefined ? undefined : `"${name}"`;
}

function ipWord(address: string): string {
  return address.includes(':') ? 'ip6' : 'ip';
}

function endpoint(address: string, port: number | undefined): string {
  if (port === undefined) return address;
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

function splitEndpoint(text: string): { address: string; port?: number } {
  const six = /^\[(.+)\]:(\d+)$/.exec(text);
  if (six) return { address: six[1]!, port: Number(six[2]) };
  const four = /^([\d.]+):(\d+)$/.exec(text);
  return four ? { address: four[1]!, port: Number(four[2]) } : { address: text };
}
