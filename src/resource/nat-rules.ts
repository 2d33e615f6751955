/** From the lines of a node's `nat` to the rules of the table `inet netlab`, and to words. */
import type { NatRule } from '../model/netfilter.ts';
import { NF, NFT_REG } from '../netlink/constants.ts';
import { endpoint, RuleBuilder } from './nft-rule.ts';

/** The chains of translation. `output` alone is the packet filter's. */
export type NatChain = 'guard' | 'prerouting' | 'nat-output' | 'postrouting';

/** A rule of a chain before it is given its comment. */
export interface ChainRule<C extends string> {
  readonly chain: C;
  readonly rule: RuleBuilder;
}

/** A line of `nat` in words: the comment of the rules that it makes. */
export function natWords(rule: NatRule): string {
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
        pair('to', rule.to.map(endpoint).join(',')),
      );
    case 'redirect':
      return join(
        'redirect',
        pair('in', rule.in),
        pair('proto', rule.proto),
        pair('port', rule.port),
        pair('to', rule.to),
      );
    case 'publish':
      return join(
        'publish',
        pair('proto', rule.proto),
        pair('port', rule.port),
        pair('to', endpoint({ address: rule.to, port: rule.toPort })),
        pair('hairpin', rule.hairpin),
      );
    case 'guard':
      return join('guard', pair('in', rule.in));
  }
}

/** The rules that a line makes, in the order in which they stand in their chains. */
export function compileNat(rule: NatRule): ChainRule<NatChain>[] {
  switch (rule.type) {
    case 'masquerade':
      return [{ chain: 'postrouting', rule: leaving(rule).add('masquerade', { name: 'masq', data: {} }) }];
    case 'snat':
      return [{ chain: 'postrouting', rule: leaving(rule).translate('snat', [{ address: rule.to }]) }];
    case 'dnat': {
      const { dest, proto, port, to } = rule;
      const make = (): RuleBuilder => {
        const built = new RuleBuilder();
        if (rule.in !== undefined) built.device('iifname', [rule.in]);
        if (dest !== undefined) built.address('daddr', [host(dest)]);
        if (proto !== undefined) built.protocol([proto], port !== undefined);
        if (proto !== undefined && port !== undefined) built.port('dport', proto, [String(port)]);
        return built.translate('dnat', to);
      };
      // A service address is reached from the node itself too; a rule that names where packets come in is not about the node's own.
      const own = rule.in === undefined && dest !== undefined;
      return [{ chain: 'prerouting', rule: make() }, ...(own ? [{ chain: 'nat-output' as const, rule: make() }] : [])];
    }
    case 'redirect': {
      const { proto, port, to } = rule;
      const built = new RuleBuilder();
      if (rule.in !== undefined) built.device('iifname', [rule.in]);
      built.protocol([proto], port !== undefined);
      if (port !== undefined) built.port('dport', proto, [String(port)]);
      return [{ chain: 'prerouting', rule: built.redirect(to) }];
    }
    case 'publish':
      return publish(rule);
    case 'guard': {
      const built = new RuleBuilder().device('iifname', [rule.in]).address('daddr', ['127.0.0.0/8']);
      const drop = { dreg: NFT_REG.VERDICT, data: { verdict: { code: NF.DROP } } };
      return [{ chain: 'guard', rule: built.add('drop', { name: 'immediate', data: drop }) }];
    }
  }
}

function publish({ proto, port, to, toPort, hairpin }: NatRule & { type: 'publish' }): ChainRule<NatChain>[] {
  const six = to.includes(':');
  const make = (chain: NatChain): RuleBuilder =>
    // From ::1 the kernel sends nothing elsewhere, whatever becomes of the address; so nobody shall wait for an answer there.
    (six && chain === 'nat-output' ? new RuleBuilder().notLoopback6() : new RuleBuilder())
      .toThisNode()
      .protocol([proto], true)
      .port('dport', proto, [String(port)])
      .translate('dnat', [{ address: to, port: toPort }]);
  // Answers must come back through this node. They would not if the caller stood beside the target (hairpin), and they
  // could not if it called from 127.0.0.1.
  const sources = [...(hairpin === undefined ? [] : [hairpin]), ...(six ? [] : ['127.0.0.0/8'])];
  const back = sources.map((source): ChainRule<NatChain> => ({
    chain: 'postrouting',
    rule: new RuleBuilder()
      .address('saddr', [source])
      .address('daddr', [host(to)])
      .protocol([proto], true)
      .port('dport', proto, [String(toPort)])
      .add('masquerade', { name: 'masq', data: {} }),
  }));
  const forward = (['prerouting', 'nat-output'] as const).map((chain) => ({ chain, rule: make(chain) }));
  return [...forward, ...back];
}

function leaving({ out, from }: { readonly out?: string; readonly from?: string }): RuleBuilder {
  const built = new RuleBuilder();
  if (out !== undefined) built.device('oifname', [out]);
  if (from !== undefined) built.address('saddr', [from]);
  return built;
}

/** One address as a network. */
function host(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** Words with one space between; empty ones are left out. */
export function join(...words: readonly string[]): string {
  return words.filter((word) => word !== '').join(' ');
}

/** `name value`, or nothing. */
export function pair(name: string, value: string | number | undefined): string {
  return value === undefined ? '' : `${name} ${value}`;
}
