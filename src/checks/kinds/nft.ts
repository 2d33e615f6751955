import { getrule } from '../../netlink/spec/nftables.ts';
import { readComment } from '../../resource/nft-comment.ts';
import { familyNumber } from '../../resource/table.ts';
import { fails, holds, impossible, type Kind } from '../kind.ts';

/** The packets that rules with a counter have met. Like `nft list table inet netlab`. */
export const nft: Kind<'nft'> = {
  attempt({ on, table, chain, comment, min, max = Infinity }, subject) {
    const [word = '', name = ''] = table.split(' ');
    const rules = subject
      .netfilter(on)
      .dump(getrule, { header: { family: familyNumber(word) ?? 0 }, attrs: { table: name } })
      .filter(({ attrs }) => attrs.table === name && (chain === undefined || attrs.chain === chain))
      .filter(({ attrs: { userdata } }) => comment === undefined || isCalled(comment, userdata));
    const counters = rules.flatMap(({ attrs }) =>
      (attrs.expressions ?? []).flatMap((each) =>
        each.name === 'counter' ? [Number((each.data as { readonly packets?: number | bigint }).packets ?? 0)] : [],
      ),
    );
    if (counters.length === 0) {
      const few = rules.length === 0 ? 'no such rule' : 'no counter in such a rule';
      return impossible(`${on} has ${few} in the table ${table}`);
    }
    const packets = counters.reduce((sum, each) => sum + each, 0);
    const saw = `${packets === 1 ? '1 packet' : `${packets} packets`} in ${counters.length === 1 ? 'one rule' : `${counters.length} rules`}`;
    if (packets < min) return fails(`${saw}, expected at least ${min}`);
    return packets > max ? fails(`${saw}, expected at most ${max}`) : holds(saw);
  },
  nodes: ({ on }) => [on],
};

/** Whether a rule has that comment; of a rule of the file it stands behind the rule's own words. */
function isCalled(comment: string, userdata: Uint8Array | undefined): boolean {
  const found = userdata === undefined ? undefined : readComment(userdata);
  return found === comment || found?.endsWith(` # ${comment}`) === true;
}
