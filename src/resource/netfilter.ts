import type { InstalledChain } from '../model/netfilter.ts';
import type { Difference } from '../model/report.ts';
import type { Netfilter } from '../model/resource.ts';
import type { Kind } from './kind.ts';
import { compareTables } from './nft-compare.ts';
import { compile, hookWords, policyWord, removeTable, replaceTable, TABLE } from './nft-table.ts';
import { shellWord } from './shell.ts';

/** Address translation and packet filter of a node: one table, changed as a whole in one transaction. */
export const netfilter: Kind<Netfilter> = {
  kind: 'netfilter',
  key: ({ node }) => node,

  describe(resource) {
    const { node, nat, firewall, installed } = resource;
    const chains = chainsOf(resource);
    const has = (type: string): boolean => chains.some((chain) => chain.type === type);
    const lines =
      installed === undefined
        ? nat.length + firewall.reduce((sum, { rules }) => sum + rules.length, 0)
        : // The lines of the file are told by the comments of the rules that they made.
          new Set(
            chains.flatMap(({ name, type, rules }) =>
              rules.map(({ comment }) => `${type === 'nat' ? '' : name} ${comment}`),
            ),
          ).size;
    const what = has('filter') ? (has('nat') ? 'nat and firewall' : 'firewall') : 'nat';
    return `${what} on ${node} (${lines} ${lines === 1 ? 'rule' : 'rules'})`;
  },

  differences: (wanted, found): Difference[] => compareTables(chainsOf(wanted), chainsOf(found)),

  create: (wanted) => replaceTable(wanted, chainsOf(wanted), []),
  update: (wanted, found) => replaceTable(wanted, chainsOf(wanted), chainsOf(found)),
  remove: (found, around) => (around.isDropped(found.node) ? [] : [removeTable(found)]),

  commands(wanted) {
    const chains = compile(wanted);
    const { table = TABLE } = wanted;
    const line = (command: string): string => `nft ${shellWord(command)}`;
    return [
      `nft add table inet ${table}`,
      ...chains.map((chain) =>
        line(`add chain inet ${table} ${chain.name} { ${hookWords(chain)}; policy ${policyWord(chain)}; }`),
      ),
      ...chains.flatMap(({ name, rules }) =>
        rules.map(({ nft, comment }) => line(`add rule inet ${table} ${name} ${nft} comment "${comment}"`)),
      ),
    ];
  },
  removeCommands: ({ table = TABLE }) => [`nft delete table inet ${table}`],
};

/** What shall stand in the kernel, or stands there. What an undo wants back was observed, and is made again as it was. */
function chainsOf(resource: Netfilter): readonly InstalledChain[] {
  return resource.installed ?? compile(resource);
}
