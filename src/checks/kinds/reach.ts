import type { Target } from '../../model/check.ts';
import { echoes } from '../../probe/echoes.ts';
import { fails, holds, impossible, type Kind } from '../kind.ts';
import { toward } from '../target.ts';

/** The rest is counted. */
const SHOWN = 20;

/** An echo for each pair, all at once. Like `netlab pingall`. */
export const reach: Kind<'reach'> = {
  async attempt({ from, to }, subject, bounds) {
    const targets = to.map((each) => ({ to: each, address: subject.addressOf(each) }));
    const nowhere = targets.filter(({ address }) => address === undefined);
    if (nowhere.length > 0) return impossible(`${nowhere.map(({ to: { word } }) => word).join(', ')} has no address`);
    const pairs = from.flatMap((node) =>
      targets.flatMap(({ to: target, address = '' }) =>
        target.word === node ? [] : [{ node, netns: subject.netns(node), target, to: address }],
      ),
    );
    if (pairs.length === 0) return impossible('there is no pair to try');
    const outcomes = await echoes(pairs, bounds);
    const failed = pairs.flatMap(({ node, target, to: address }, i) => {
      const outcome = outcomes[i];
      return outcome?.ok === true ? [] : [line(node, target, address, outcome?.why ?? '')];
    });
    if (failed.length === 0) return holds(`all ${pairs.length} pairs`);
    const more = failed.length > SHOWN ? [`and ${failed.length - SHOWN} more`] : [];
    return fails([`${failed.length} of ${pairs.length} pairs fail:`, ...failed.slice(0, SHOWN), ...more].join('\n'));
  },
  nodes: ({ from, to }, subject) => [...from, ...to.flatMap((each) => subject.nodesOf(each))],
};

function line(node: string, to: Target, address: string, why: string): string {
  return `${node} → ${toward(to, address)}: ${why}`;
}
