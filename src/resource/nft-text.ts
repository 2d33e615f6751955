import type { Difference } from '../model/report.ts';
import type { NftText } from '../model/resource.ts';
import type { Kind, NftRequest } from './kind.ts';
import { shellWord } from './shell.ts';

/** The table in which netlab notes which tables a node's `nftables` text made: its chains bear their names. */
export const MARKER = 'netlab-text';

/** The raw text of a node's `nftables`: what nft made of it, as a whole. */
export const nftText: Kind<NftText> = {
  kind: 'nftables',
  key: ({ node }) => node,
  describe: ({ node, tables }) => `nftables text on ${node} (${tables.length === 0 ? 'no table' : tables.join(', ')})`,

  differences(wanted, found): Difference[] {
    if (wanted.digest !== found.digest) return [{ field: 'text', from: found.digest, to: wanted.digest }];
    return found.altered === true ? [{ field: 'tables', from: 'altered', to: 'as the file has it' }] : [];
  },

  create: (wanted) => [load(wanted, [])],
  update: (wanted, found) => [load(wanted, found.tables)],
  remove: ({ node, tables }, around) =>
    around.isDropped(node)
      ? []
      : [{ via: 'nft', stage: 'unset', node, script: `${withoutTables([...tables, `inet ${MARKER}`])}\n` }],

  commands: ({ text, tables }) => [`nft ${shellWord(script(text, tables))}`],
  removeCommands: ({ tables }) => tables.map((table) => `nft delete table ${table}`),
};

function load({ node, text, tables, digest }: NftText, before: readonly string[]): NftRequest {
  // Noted in the same transaction, so that what stands is known whatever happens then.
  const notes = tables.map((table) => `add chain inet ${MARKER} ${chainName(table)}`);
  const marker = [withoutTables([`inet ${MARKER}`]), `add table inet ${MARKER}`, ...notes].join('; ');
  return {
    via: 'nft',
    stage: 'netfilter',
    node,
    script: `${marker}; ${script(text, [...new Set([...before, ...tables])])}`,
    made: { tables, digest },
  };
}

/** All in one transaction: the tables go, and come as the text has them. One line stands before the text. */
function script(text: string, tables: readonly string[]): string {
  return `${withoutTables(tables)}\n${text}`;
}

/** To add before deleting makes it no error that one is not there. */
function withoutTables(tables: readonly string[]): string {
  return tables.map((table) => `add table ${table}; delete table ${table}`).join('; ');
}

/** `inet extra` as the name of a chain: `inet-extra`. */
export function chainName(table: string): string {
  return table.replace(' ', '-');
}

/** The table that such a chain stands for. */
export function tableOfChain(chain: string): string {
  return chain.replace('-', ' ');
}
