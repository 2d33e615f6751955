/** Whose unpacked files are: as the archive says, or, for a user namespace, who that is outside. */
import { createHash } from 'node:crypto';

import { type IdMaps, mapText, outsideOf } from '../model/user-namespace.ts';
import type { Owner } from './root-tree.ts';

/** Owner and group of an entry; undefined for one that has no number there. */
export function ownerOf({ uid, gid }: Owner, ids: IdMaps | undefined): Owner | undefined {
  if (ids === undefined) return { uid, gid };
  const outside = { uid: outsideOf(ids.uids, uid), gid: outsideOf(ids.gids, gid) };
  return outside.uid === undefined || outside.gid === undefined ? undefined : { uid: outside.uid, gid: outside.gid };
}

/** Root of the user namespace. */
export function rootOwner(ids: IdMaps | undefined): Owner | undefined {
  return ids === undefined ? undefined : (ownerOf({ uid: 0, gid: 0 }, ids) ?? { uid: 0, gid: 0 });
}

/** What the name of a root has behind it when its files are mapped: other maps are another root. */
export function ownersSuffix(ids: IdMaps | undefined): string {
  if (ids === undefined) return '';
  const text = `${mapText(ids.uids)}\n\n${mapText(ids.gids)}`;
  return `-${createHash('sha256').update(text).digest('hex').slice(0, 12)}`;
}

const CAPABILITY = 'security.capability';
/** linux/capability.h: the revision that holds everywhere, and the one that names whose root it is. */
const [REVISION_2, REVISION_3] = [0x02, 0x03];

/**
 * An extended attribute as it means the same in a user namespace; undefined for what cannot. File capabilities are those of one root
 * (capabilities(7), "Namespaced file capabilities").
 */
export function attributeOf(name: string, value: Buffer, ids: IdMaps | undefined): Buffer | undefined {
  const root = rootOwner(ids);
  if (root === undefined) return value;
  if (name.startsWith('user.')) return value;
  if (name !== CAPABILITY || value.length !== 20 || value[3] !== REVISION_2) return undefined;
  const mapped = Buffer.concat([value, Buffer.alloc(4)]);
  mapped[3] = REVISION_3;
  mapped.writeUInt32LE(root.uid, 20);
  return mapped;
}
