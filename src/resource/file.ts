import type { File } from '../model/resource.ts';
import { compareExactly, type Kind } from './kind.ts';

const SHOWN = 24;
/** What netlab makes them. */
export const MODE = '644';
export const OWNER = '0:0';

/** A file that a node sees and the host does not. It is written and mounted by lab/files.ts: no request to the kernel does either. */
export const file: Kind<File> = {
  kind: 'file',
  key: ({ node, path }) => `${node} ${path}`,
  describe: ({ node, path }) => `file ${path} on ${node}`,
  differences: (wanted, found) => [
    ...(wanted.content === found.content
      ? []
      : compareExactly('content', excerpt(wanted.content, found.content), excerpt(found.content, wanted.content))),
    ...compareExactly('mode', MODE, found.mode ?? MODE),
    ...compareExactly('owner', OWNER, found.owner ?? OWNER),
    ...(found.unmounted === true ? [{ field: 'mount', from: 'missing', to: wanted.path }] : []),
  ],
  create: () => [],
  update: () => [],
  remove: () => [],
  // There is no line of ip or nft for it, and to write the path itself would be to write on the host.
  commands: ({ path, content }) => [`# file ${path}: ${content.length} characters, for the node alone`],
  removeCommands: ({ path }) => [`# file ${path} goes`],
};

/** A short text in quotes; of a long one the part from just before where the other text differs. */
function excerpt(text: string, other: string): string {
  if (text.length <= SHOWN) return JSON.stringify(text);
  let same = 0;
  while (same < text.length && text[same] === other[same]) same++;
  const from = Math.min(Math.max(0, same - 4), Math.max(0, text.length - 1));
  const part = text.slice(from, from + SHOWN);
  const cut = `${from > 0 ? '…' : ''}${part}${from + SHOWN < text.length ? '…' : ''}`;
  return `${JSON.stringify(cut)} (${text.length} characters)`;
}
