/** What processes may use: bounds that would mean nothing, or that another one forbids. */
import type { Path } from '../../model/place.ts';
import { type Limits, numberList, numbersOf } from '../../model/limits.ts';
import { entries, items } from '../document.ts';
import type { LimitsDocument } from '../limits-document.ts';
import type { DraftNode } from '../draft.ts';
import { limitsOf } from '../expand/limits.ts';
import type { Problems } from '../problems.ts';
import { bytes } from '../values.ts';
import { shown } from '../words.ts';

/** Judges the bounds of a node and those of its processes, which are within the node's. */
export function checkLimits(node: DraftNode, problems: Problems): void {
  const own = node.document.limits;
  const sound = own === undefined || judge(own, [...node.at, 'limits'], problems);
  for (const [name, { limits }] of entries(node.document.processes)) {
    const at = [...node.at, 'processes', name, 'limits'];
    if (limits === undefined || !judge(limits, at, problems) || !sound) continue;
    checkWithin(limits, own, node.name, at, problems);
  }
}

/** Says whether the bounds are sound in themselves. */
function judge(limits: LimitsDocument, at: Path, problems: Problems): boolean {
  let sound = true;
  const refuse = (key: Path, message: string): void => {
    sound = false;
    problems.error([...at, ...key], message);
  };
  for (const key of ['cpus', 'mems'] as const) {
    const list = limits.cpuset?.[key];
    if (list !== undefined && numberList(String(list)) === undefined)
      refuse(['cpuset', key], `found ${shown(list)}, expected numbers and ranges, such as 0-2,4`);
  }
  if (!sound) return false;
  for (const key of ['memory', 'memory_high', 'swap'] as const) {
    const size = limits[key];
    // What is more a number here does not hold exactly, and no machine has.
    if (size !== undefined && (bytes(size) ?? 0) > Number.MAX_SAFE_INTEGER)
      refuse([key], `found ${shown(size)}, expected less than 8192T`);
  }
  if (!sound) return false;
  const { memory, memoryHigh, swap } = limitsOf(limits) ?? {};
  if (memory === 0) refuse(['memory'], `found ${shown(limits.memory)}, expected at least a page: 4k`);
  if (swap !== undefined && memory === undefined && !problems.damaged([...at, 'memory']))
    refuse(['swap'], 'found "swap" without "memory": what is not bounded need not be swapped out');
  if (memory !== undefined && memoryHigh !== undefined && memoryHigh > memory)
    refuse(
      ['memory_high'],
      `found ${shown(limits.memory_high)}, expected at most memory, which is ${shown(limits.memory)}`,
    );
  const devices = new Set<string>();
  for (const [i, { device, ...most }] of items(limits.io)) {
    if (devices.has(device)) refuse(['io', i, 'device'], `found ${shown(device)} twice`);
    devices.add(device);
    for (const key of ['read_bps', 'write_bps'] as const)
      if (most[key] !== undefined && Number.parseFloat(String(most[key])) === 0)
        refuse(['io', i, key], `found ${shown(most[key])}, expected more than nothing`);
  }
  return sound;
}

/** Of one kind each, what a process may have at most where its node has a bound. */
function checkWithin(
  limits: LimitsDocument,
  ofNode: LimitsDocument | undefined,
  node: string,
  at: Path,
  problems: Problems,
): void {
  const own: Limits = limitsOf(limits) ?? {};
  const most: Limits = limitsOf(ofNode) ?? {};
  for (const [key, word] of [
    ['memory', 'memory'],
    ['memoryHigh', 'memory'],
    ['pids', 'pids'],
    ['cpu', 'cpu'],
  ] as const) {
    const [wanted, limit] = [own[key], most[key === 'memoryHigh' ? 'memory' : key]];
    if (wanted === undefined || limit === undefined || wanted <= limit) continue;
    const said = key === 'memoryHigh' ? 'memory_high' : word;
    problems.error(
      [...at, said],
      `found ${shown(limits[said])}, but all processes of ${node} have ${shown(ofNode?.[word])} together`,
    );
  }
  for (const key of ['cpus', 'mems'] as const) {
    const [wanted, limit] = [own[key], most[key]];
    if (wanted === undefined || limit === undefined) continue;
    const allowed = new Set(numbersOf(limit));
    if (!numbersOf(wanted).every((each) => allowed.has(each)))
      problems.error([...at, 'cpuset', key], `found ${shown(limits.cpuset?.[key])}, but ${node} has ${limit}`);
  }
}
