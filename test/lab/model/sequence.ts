/** One lab through a row of files: up, edit, up, …, down; and each file again as a fresh lab, which must come to the same. */
import assert, { AssertionError } from 'node:assert';
import { existsSync } from 'node:fs';

import { Lab } from '../../../src/lab.ts';
import type { UpReport } from '../../../src/model/report.ts';
import type { TopologyDocument } from '../../../src/topology/document.ts';
import { inShort, netnsOf } from '../../support/index.ts';
import { type Dump, dumped } from './oracle.ts';
import { disturbed } from './undisturbed.ts';

/** What a sequence has shown to be wrong, with the files that it takes to see it. */
export class Finding extends Error {
  readonly before: TopologyDocument | undefined;
  readonly after: TopologyDocument;

  constructor(message: string, before: TopologyDocument | undefined, after: TopologyDocument, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause });
    this.before = before;
    this.after = after;
  }
}

/**
 * Brings a lab up from the first file, edits it from one to the next and takes it down; then the same backwards, so that each file is
 * that of a fresh lab once, and one that an edit has led to at least once. Throws a Finding.
 */
export async function run(documents: readonly TopologyDocument[]): Promise<void> {
  const seen: (readonly Dump[])[] = documents.map(() => []);
  const note = (i: number, dump: Dump): void => void (seen[i] = [...seen[i]!, dump]);
  const name = documents[0]!.name!;
  try {
    let last = await become(undefined, documents[0]!);
    note(0, last);
    for (const [i, document] of documents.entries()) {
      if (i > 0) note(i, (last = await become({ document: documents[i - 1]!, dump: last }, document)));
    }
    await goDown(name, documents.at(-1)!);
    for (let i = documents.length - 1; i > 0; i--) {
      const fresh = await become(undefined, documents[i]!);
      for (const dump of seen[i]!) assertSame(dump, fresh, documents[i - 1], documents[i]!);
      seen[i] = [fresh];
      const back = await become({ document: documents[i]!, dump: fresh }, documents[i - 1]!);
      if (i === 1) assertSame(back, seen[0]![0]!, documents[1], documents[0]!);
      else note(i - 1, back);
      await goDown(name, documents[i - 1]!);
    }
  } finally {
    await (await Lab.open(name).catch(() => undefined))?.down({ wait: false });
  }
}

interface Known {
  readonly document: TopologyDocument;
  readonly dump: Dump;
}

/** Makes the lab as a file says, and checks all that can be checked at once. */
async function become(before: Known | undefined, document: TopologyDocument): Promise<Dump> {
  const fail = (message: string, cause?: unknown): Finding => new Finding(message, before?.document, document, cause);
  let report: UpReport | undefined;
  try {
    ({ report } = await Lab.up(document));
  } catch (error) {
    throw fail(`up failed: ${(error as Error).message}`, error);
  }
  const { changes: left, unmanaged } = await Lab.plan(document);
  if (left.length > 0) throw fail(`after up, plan has something to do:\n${inShort(left).join('\n')}`);
  if (unmanaged.length > 0) throw fail(`after up, plan finds what is not netlab's:\n${unmanaged.join('\n')}`);
  const dump = dumped(document.name!);
  const lost = before === undefined ? [] : disturbed(before.document, document, before.dump, dump);
  if (lost.length > 0) {
    const made = inShort(report?.changes ?? []).join('\n');
    throw fail(`the edit disturbed what it does not speak of:\n${lost.join('\n')}\nup did:\n${made}`);
  }
  return dump;
}

/** Takes the lab down; nothing of it is left. */
async function goDown(name: string, document: TopologyDocument): Promise<void> {
  await (await Lab.open(name)).down();
  const names = netnsOf(name);
  if (names.length > 0 || existsSync(`/run/netlab/${name}`))
    throw new Finding(`down left something: ${names.join(' ') || 'its state'}`, undefined, document);
}

/** The lab that an edit has led to is as a fresh one, by `ip`, `bridge`, `nft` and /proc. */
function assertSame(edited: Dump, fresh: Dump, before: TopologyDocument | undefined, after: TopologyDocument): void {
  try {
    assert.deepStrictEqual(edited.nodes, fresh.nodes);
  } catch (error) {
    assert.ok(error instanceof AssertionError);
    throw new Finding(differences(edited.nodes, fresh.nodes).join('\n'), before, after);
  }
}

/** The leaves in which two values differ, each with its place: of a list, what is in one of them alone. */
function differences(edited: unknown, fresh: unknown, at = ''): string[] {
  if (JSON.stringify(edited) === JSON.stringify(fresh)) return [];
  if (Array.isArray(edited) && Array.isArray(fresh)) {
    const [one, other] = [edited, fresh].map((list) => list.map((item) => JSON.stringify(item)));
    const lines = [
      ...one!.filter((item) => !other!.includes(item)).map((item) => `${at} edited: ${item}`),
      ...other!.filter((item) => !one!.includes(item)).map((item) => `${at} fresh:  ${item}`),
    ];
    return lines.length > 0
      ? lines
      : [`${at} edited: ${JSON.stringify(edited)}`, `${at} fresh:  ${JSON.stringify(fresh)}`];
  }
  if (typeof edited !== 'object' || typeof fresh !== 'object' || edited === null || fresh === null)
    return [`${at} edited: ${JSON.stringify(edited)}`, `${at} fresh:  ${JSON.stringify(fresh)}`];
  const [a, b] = [edited as Record<string, unknown>, fresh as Record<string, unknown>];
  return [...new Set([...Object.keys(a), ...Object.keys(b)])].flatMap((key) =>
    differences(a[key], b[key], at === '' ? key : `${at}.${key}`),
  );
}
