/** Mounts of a node: keys that fit their type, and targets that do not hide what netlab itself mounts. */
import { isWithin } from '../../model/mount.ts';
import type { Path } from '../../model/place.ts';
import { entries, items } from '../document.ts';
import { type DraftNode, isForeign } from '../draft.ts';
import type { MountDocument } from '../mount-document.ts';
import type { Problems } from '../problems.ts';
import { bytes, PAGE } from '../values.ts';
import { oneOf, quoted, shown } from '../words.ts';
import { checkText } from './commands.ts';

/** Which types take a key. */
const TYPES: Readonly<Record<string, readonly MountDocument['type'][]>> = {
  source: ['bind'],
  size: ['tmpfs'],
  mode: ['tmpfs'],
  lower: ['overlay'],
  upper: ['overlay'],
  work: ['overlay'],
};

/** What every node has of netlab's: nothing may be mounted over a folder in which one of these stands. */
const OWN = ['/proc', '/sys', '/dev', '/etc/hosts', '/etc/hostname', '/etc/resolv.conf', '/run/netlab', '/run/netns'];

/** Judges the `mounts` of a node, and its `propagation` and `masked_paths`. */
export function checkMounts(node: DraftNode, problems: Problems): void {
  // The host has none at all, nor has a joined namespace, and both are told so.
  if (isForeign(node)) return;
  const { mounts, propagation, masked_paths, isolation } = node.document;
  const said = { mounts, propagation, masked_paths };
  const isBare = isolation !== undefined && !isolation.includes('mnt') && !problems.damaged([...node.at, 'isolation']);
  for (const [key, value] of entries(said)) {
    if (value !== undefined && isBare)
      problems.keyError(
        [...node.at, key],
        `${key} needs a mount namespace of the node's own, or it would be netlab's: isolation has no "mnt"`,
      );
  }
  const files = entries(node.document.files).map(([path]) => path);
  const before: string[] = [];
  for (const [i, mount] of items(mounts)) {
    const at = [...node.at, 'mounts', i];
    if (problems.damaged(at)) continue;
    checkKeys(mount, at, problems);
    if (checkTarget(mount.target, [...at, 'target'], problems))
      checkPlace(mount.target, before, files, [...at, 'target'], problems);
    before.push(mount.target);
  }
}

function checkKeys(mount: MountDocument, at: Path, problems: Problems): void {
  for (const [key, value] of entries(mount as unknown as Record<string, unknown>)) {
    const types = TYPES[key];
    if (value !== undefined && types !== undefined && !types.includes(mount.type))
      problems.keyError([...at, key], `found ${quoted(key)}, which only ${oneOf(types)} takes`);
  }
  const { size, mode, source, upper, work } = mount;
  // For tmpfs, none at all is no bound.
  if (size !== undefined && (bytes(size) ?? PAGE) < PAGE)
    problems.error([...at, 'size'], `found ${shown(size)}, expected at least a page: 4k`);
  if (size !== undefined && (bytes(size) ?? 0) > Number.MAX_SAFE_INTEGER)
    problems.error([...at, 'size'], `found ${shown(size)}, expected less than 8192T`);
  if (mode !== undefined && !/^[0-7]{3,4}$/.test(String(mode)))
    problems.error([...at, 'mode'], `found ${shown(mode)}, expected a mode as chmod has it, such as 755 or "0755"`);
  for (const [key, path] of entries({ source, upper, work })) checkText(path, [...at, key], problems);
  for (const [i, path] of items(mount.lower)) checkText(path, [...at, 'lower', i], problems);
  if (mount.type === 'bind' && mount.source === undefined)
    problems.keyError(at, 'the key "source" is missing: a bind shows something of the machine');
  if (mount.type !== 'overlay') return;
  if (mount.lower === undefined) problems.keyError(at, 'the key "lower" is missing: an overlay lies over something');
  if ((mount.upper === undefined) !== (mount.work === undefined))
    problems.keyError(at, 'found one of upper and work, expected both or neither');
}

function checkTarget(target: string, at: Path, problems: Problems): boolean {
  const words = target.split('/').slice(1);
  const fits =
    target.startsWith('/') &&
    words.every((word) => word !== '' && word !== '.' && word !== '..' && Buffer.byteLength(word) <= 255) &&
    !/\p{Cc}/u.test(target) &&
    target.length <= 1024;
  if (!fits) problems.error(at, `found ${quoted(target)}, expected an absolute path, without "//", "." and ".."`);
  return fits;
}

function checkPlace(
  target: string,
  before: readonly string[],
  files: readonly string[],
  at: Path,
  problems: Problems,
): void {
  const own = OWN.find((path) => isWithin(path, target) && (path !== target || !path.startsWith('/etc/')));
  if (own !== undefined) problems.error(at, `found ${quoted(target)}, but netlab itself mounts ${own} in every node`);
  const file = files.find((path) => isWithin(path, target));
  if (file !== undefined)
    problems.error(at, `found ${quoted(target)}, but the node's file ${quoted(file)} stands there`);
  if (before.includes(target)) problems.error(at, `found ${quoted(target)} twice`);
  const hidden = before.find((path) => path !== target && isWithin(path, target));
  if (hidden !== undefined)
    problems.error(at, `found ${quoted(target)} after ${quoted(hidden)}, which it would hide: put it before`);
}
