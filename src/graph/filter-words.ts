/** Address translation and packet filter in words, as a file asks for them or as the kernel has them. */
import type { FilterHook, InstalledChain } from '../model/netfilter.ts';
import type { Netfilter } from '../model/resource.ts';
import { NF_INET } from '../netlink/constants-nft.ts';
import { natWords } from '../resource/nat-rules.ts';
import { policyWord } from '../resource/nft-table.ts';

/** Each line of `nat`. Of an observed table those whose rules stand in it; what netlab did not make has no words. */
export function translationWords({ nat, installed = [] }: Netfilter): string[] {
  const comments = installed.filter(({ type }) => type === 'nat').flatMap(commentsOf);
  return [...new Set([...nat.filter(({ type }) => type !== 'guard').map(natWords), ...comments])];
}

/** Each chain of `firewall` with its policy. */
export function filterWords({ firewall, installed = [] }: Netfilter): string[] {
  const hooks: Readonly<Record<number, FilterHook>> = {
    [NF_INET.LOCAL_IN]: 'input',
    [NF_INET.FORWARD]: 'forward',
    [NF_INET.LOCAL_OUT]: 'output',
  };
  const seen = installed.flatMap((chain) => {
    const hook = chain.type === 'filter' ? hooks[chain.hook ?? -1] : undefined;
    return hook === undefined ? [] : [chainWords(hook, policyWord(chain), chain.rules.length)];
  });
  return [...firewall.map(({ hook, policy, rules }) => chainWords(hook, policy, rules.length)), ...seen];
}

function chainWords(hook: FilterHook, policy: string, rules: number): string {
  return `${hook}: ${rules} ${rules === 1 ? 'rule' : 'rules'}, then ${policy}`;
}

function commentsOf({ rules }: InstalledChain): string[] {
  return rules.flatMap(({ comment }) => (comment === undefined ? [] : [comment]));
}
