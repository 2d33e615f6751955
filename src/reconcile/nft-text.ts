/** Loads nft text into a node by the program `nft`, and tells whether what it made still stands as it was made. */
import { LabError } from '../errors.ts';
import { hashText } from '../resource/hash.ts';
import type { NftText } from '../model/resource.ts';
import { NFPROTO } from '../netlink/constants.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { deltable, getchain, newchain, newtable } from '../netlink/spec/nftables.ts';
import type { NftRequest } from '../resource/kind.ts';
import { commentBytes, readComment } from '../resource/nft-comment.ts';
import { chainName, MARKER, tableOfChain } from '../resource/nft-text.ts';
import { FLAGS } from '../resource/request.ts';
import { runIn } from '../sys/run-in.ts';
import type { Namespaces } from './namespaces.ts';

const header = { family: NFPROTO.INET };
/** NLM_F_CREATE alone. */
const CREATE = 0x400;

/** Carries out a request of the kind `nftables`. Throws LabError with what nft said. */
export function loadNftText({ node, script, made }: NftRequest, namespaces: Namespaces): void {
  const fd = namespaces.fd(node);
  const { code, stderr } = runIn(fd, ['nft', '-f', '-'], script);
  if (code !== 0) throw new LabError(`nft said:\n${inWords(stderr)}`);
  if (made === undefined) return;
  const comment = `text ${made.digest} listing ${hashText(listing(fd, made.tables))}`;
  const batch = namespaces.netfilter(node).nftBatch<string>();
  batch.add(deltable, { header, attrs: { name: MARKER } }, FLAGS.change, MARKER);
  // A table's user data has the form of a rule's: `nft list tables` prints it as its comment.
  batch.add(newtable, { header, attrs: { name: MARKER, userdata: commentBytes(comment) } }, CREATE, MARKER);
  for (const table of made.tables)
    batch.add(newchain, { header, attrs: { table: MARKER, name: chainName(table) } }, CREATE, table);
  const [refusal] = batch.send();
  if (refusal !== undefined) throw refusal.error;
}

/** What stands of a node's text, in whose namespace `fd` is; `userdata` is that of the table that notes it. */
export function readNftText(
  node: string,
  socket: NetlinkSocket,
  fd: number,
  userdata: Uint8Array | undefined,
): NftText {
  const tables = socket
    .dump(getchain, { header })
    .flatMap(({ attrs: { table, name } }) => (table === MARKER && name !== undefined ? [tableOfChain(name)] : []));
  const comment = userdata === undefined ? undefined : readComment(userdata);
  const [, digest = '', , made = ''] = comment?.split(' ') ?? [];
  const text = listing(fd, tables);
  return { kind: 'nftables', node, text, tables, digest, ...(hashText(text) === made ? {} : { altered: true }) };
}

/** What nft said, told by the lines of the file's text: one line of ours stands before it. */
function inWords(stderr: string): string {
  const place = (_: string, line: string): string => `line ${Number(line) - 1} of the text, column `;
  return stderr.trim().replaceAll(/^\/dev\/stdin:(\d+):/gm, place);
}

/** The tables as nft prints them, without what packets change: the same text for the same tables, and one that can be loaded again. */
function listing(fd: number, tables: readonly string[]): string {
  const texts = tables.map((table) => runIn(fd, ['nft', '-s', 'list', 'table', ...table.split(' ')]).stdout);
  return texts.map(withoutElements).join('');
}

/** Sets that packets fill (`flags dynamic`) or that time empties (`flags timeout`) are told without their elements. */
function withoutElements(text: string): string {
  return text.replaceAll(/^\t(?:set|map) [^\n]*\{\n[^]*?^\t\}$/gm, (block) =>
    /^\t\tflags [^\n]*\b(?:dynamic|timeout)\b/m.test(block) ? block.replace(/^\t\telements = \{[^]*?\}\n/m, '') : block,
  );
}
