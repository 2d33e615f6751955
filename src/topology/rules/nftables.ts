/** Raw nft text of a node. */
import type { DraftNode } from '../draft.ts';
import { readNftText } from '../nft-text.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

/** Netlab's own tables. */
const OWN = new Set(['inet netlab', 'inet netlab-text']);

/** Judges what can be judged without nft: that the text keeps to tables of its own. */
export function checkNftables(node: DraftNode, problems: Problems): void {
  const text = node.document.nftables;
  if (text === undefined) return;
  const at = [...node.at, 'nftables'];
  const { tables, foreign } = readNftText(text);
  for (const { words, line } of foreign) {
    problems.error(
      at,
      `found ${quoted(words)} in line ${line} of the text, expected tables of its own and nothing else`,
    );
  }
  for (const { table, line } of tables) {
    if (!OWN.has(table)) continue;
    problems.error(
      at,
      `found the table ${quoted(table)} in line ${line} of the text, which is netlab's own; expected another name`,
    );
  }
  if (tables.length === 0 && foreign.length === 0) {
    problems.error(at, 'found no table, expected nft text such as "table inet extra { … }"');
  }
}
