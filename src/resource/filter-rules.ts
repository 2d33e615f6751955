/** From the rules of a node's `firewall` to the rules of the table `inet netlab`, and to words. */
import type { ConnectionState, FilterProtocol, FilterRule, RejectWith } from '../model/netfilter.ts';
import { NF, NFT, NFT_CT, NFT_LOGLEVEL, NFT_REG, NFT_REJECT, NFT_REJECT_ICMPX } from '../netlink/constants.ts';
import type { Expression } from '../netlink/spec/nftables.ts';
import { ICMP_TYPES } from '../model/icmp.ts';
import { join, pair } from './nat-rules.ts';
import { choice, RuleBuilder } from './nft-rule.ts';
import { TYPE } from './nft-set.ts';

/** linux/netfilter/nf_conntrack_common.h, as `ct state` has them. */
const STATE_BIT: Readonly<Record<ConnectionState, number>> = {
  invalid: 1,
  established: 2,
  related: 4,
  new: 8,
  untracked: 64,
};
const VERDICT = { accept: NF.ACCEPT, drop: NF.DROP, return: NFT.RETURN } as const;
const ICMPX: Readonly<Record<Exclude<RejectWith, 'tcp-reset'>, readonly [code: number, nft: string]>> = {
  'net-unreachable': [NFT_REJECT_ICMPX.NO_ROUTE, 'no-route'],
  'port-unreachable': [NFT_REJECT_ICMPX.PORT_UNREACH, 'port-unreachable'],
  'host-unreachable': [NFT_REJECT_ICMPX.HOST_UNREACH, 'host-unreachable'],
  'admin-prohibited': [NFT_REJECT_ICMPX.ADMIN_PROHIBITED, 'admin-prohibited'],
};

/** A rule in the words of the file: the comment of what it makes. */
export function filterWords(rule: FilterRule): string {
  const list = (name: string, values: readonly string[] | undefined): string => pair(name, values?.join(','));
  return join(
    rule.verdict,
    list('in', rule.in),
    list('out', rule.out),
    list('from', rule.from),
    list('to', rule.to),
    list('proto', rule.proto),
    list('source_port', rule.sourcePort),
    list('port', rule.port),
    list('icmp_type', rule.icmpType),
    list('state', rule.state),
    pair('with', rule.with),
    rule.counter === true ? 'counter' : '',
    pair(rule.verdict === 'log' ? 'prefix' : 'log', rule.log),
    rule.comment === undefined ? '' : `# ${rule.comment}`,
  );
}

/** The rules that a rule of the file makes: one, or one for each family where its networks are of both. */
export function compileFilter(rule: FilterRule): RuleBuilder[] {
  const { from = [], to = [] } = rule;
  if (from.length + to.length === 0) return [compileFamily(rule, undefined)];
  const is = (family: 4 | 6) => (network: string) => network.includes(':') === (family === 6);
  return ([4, 6] as const).flatMap((family) => {
    const [source, target] = [from.filter(is(family)), to.filter(is(family))];
    if ((from.length > 0 && source.length === 0) || (to.length > 0 && target.length === 0)) return [];
    return [compileFamily(rule, { from: source, to: target })];
  });
}

function compileFamily(rule: FilterRule, networks: Record<'from' | 'to', readonly string[]> | undefined): RuleBuilder {
  const built = new RuleBuilder();
  if (rule.in !== undefined) built.device('iifname', rule.in);
  if (rule.out !== undefined) built.device('oifname', rule.out);
  if (networks !== undefined && networks.from.length > 0) built.address('saddr', networks.from);
  if (networks !== undefined && networks.to.length > 0) built.address('daddr', networks.to);
  addProtocol(built, rule);
  if (rule.state !== undefined) {
    const bits = rule.state.reduce((sum, state) => sum | STATE_BIT[state], 0);
    built.bits(`ct state ${rule.state.join(',')}`, { name: 'ct', data: { dreg: 1, key: NFT_CT.STATE } }, bits);
  }
  if (rule.log !== undefined) {
    const data = { ...(rule.log === '' ? {} : { prefix: rule.log }), level: NFT_LOGLEVEL.WARNING };
    built.add(rule.log === '' ? 'log' : `log prefix "${rule.log}"`, { name: 'log', data });
  }
  if (rule.counter === true) built.add('counter', { name: 'counter', data: {} });
  return addVerdict(built, rule);
}

function addProtocol(built: RuleBuilder, { proto, port, sourcePort, icmpType }: FilterRule): void {
  if (proto === undefined) return;
  const [protocol] = proto;
  if (icmpType !== undefined && (protocol === 'icmp' || protocol === 'icmpv6')) {
    built.family(protocol === 'icmp' ? 4 : 6).protocol([protocol], true);
    const numbers = icmpType.map((type) => ICMP_TYPES[protocol][type] ?? Number(type));
    const setType = protocol === 'icmp' ? TYPE.icmp_type : TYPE.icmpv6_type;
    built.firstByte(`${protocol} type ${choice(icmpType)}`, setType, numbers);
    return;
  }
  const ports = port !== undefined || sourcePort !== undefined;
  built.protocol(proto, ports);
  const header: FilterProtocol | 'th' = proto.length === 1 ? protocol! : 'th';
  if (sourcePort !== undefined) built.port('sport', header, sourcePort);
  if (port !== undefined) built.port('dport', header, port);
}

function addVerdict(built: RuleBuilder, { verdict, with: kind = 'port-unreachable' }: FilterRule): RuleBuilder {
  if (verdict === 'log') return built;
  if (verdict !== 'reject') return built.add(verdict, verdictCode(VERDICT[verdict]));
  if (kind === 'tcp-reset') {
    return built.add('reject with tcp reset', { name: 'reject', data: { type: NFT_REJECT.TCP_RST, icmp_code: 0 } });
  }
  const [code, word] = ICMPX[kind];
  return built.add(`reject with icmpx ${word}`, {
    name: 'reject',
    data: { type: NFT_REJECT.ICMPX_UNREACH, icmp_code: code },
  });
}

function verdictCode(code: number): Expression {
  return { name: 'immediate', data: { dreg: NFT_REG.VERDICT, data: { verdict: { code } } } };
}
