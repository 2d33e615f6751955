/** What a lab has in namespaces that its nodes join, as its state folder says: like the host's part, and written down before it is made. */
import { readCopies, type ReadOptions, removeCopies, type StateFile, writeCopies } from './copies.ts';
import { currentBoot, ofOthers, PART, type PartRecord } from './host.ts';
import { linkedKeeper } from './keepers.ts';
import { fields, list, string } from './shape.ts';

/** All of them, whatever became of the namespaces. */
interface JoinedRecord {
  readonly parts: readonly PartRecord[];
}

const FILE: StateFile = {
  name: 'joined.json',
  version: 1,
  shape: fields({ parts: list(fields({ ...PART, node: string, boot: string })) }),
};

/**
 * A lab's parts of namespaces that its nodes join, or have joined; `keeper`: the pid of its keeper, which has a copy.
 * @throws LabError when another version of netlab wrote it.
 */
export function readJoined(lab: string, keeper: number | undefined, options: ReadOptions = {}): PartRecord[] {
  const record = readCopies(lab, keeper, FILE, options) as JoinedRecord | undefined;
  return (record?.parts ?? []).filter(({ boot }) => boot === currentBoot());
}

/** Replaces what is written down of one of them; one that says nothing is removed, and with the last the file. */
export function writeJoined(record: PartRecord, keeper: number | undefined): void {
  const { lab, node, netns, made, settings } = record;
  const others = readJoined(lab, keeper, { anyVersion: true }).filter(
    (each) => each.node !== node || each.netns !== netns,
  );
  const parts = made.length + settings.length === 0 ? others : [...others, record];
  if (parts.length === 0) removeCopies(lab, keeper, FILE);
  else writeCopies(lab, keeper, FILE, { parts });
}

/** What the other labs have in a namespace, running or dead, and this one for other nodes. */
export function otherJoined(lab: string, node: string, netns: string, keeper: number | undefined): PartRecord[] {
  const theirs = ofOthers(lab, (other) => readJoined(other, linkedKeeper(other), { anyVersion: true }));
  const own = readJoined(lab, keeper, { anyVersion: true }).filter((record) => record.node !== node);
  return [...own, ...theirs].filter((record) => record.netns === netns);
}
