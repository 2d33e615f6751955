/** The root of a node: one of the kinds, in a mount namespace that is the node's own. */
import { type DraftNode, isForeign } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { checkText } from './commands.ts';

const KINDS = ['host', 'dir', 'tar', 'oci'] as const;

/** Judges the `rootfs` of a node. */
export function checkRootfs(node: DraftNode, problems: Problems): void {
  const { rootfs, isolation } = node.document;
  const at = [...node.at, 'rootfs'];
  // The host has none at all, nor has a joined namespace, and both are told so.
  if (rootfs === undefined || isForeign(node) || problems.damaged(at)) return;
  const said = KINDS.filter((kind) => rootfs[kind] !== undefined);
  if (said.length !== 1) {
    const found = said.length === 0 ? 'none of them' : said.join(' and ');
    problems.keyError(at, `found ${found}, expected exactly one of host, dir, tar or oci`);
    return;
  }
  const [kind] = said;
  if (rootfs.host === false) problems.error([...at, 'host'], 'found false, expected true, or one of dir, tar or oci');
  if (rootfs.tag !== undefined && kind !== 'oci') problems.keyError([...at, 'tag'], 'only an oci image has a tag');
  if (rootfs.platform !== undefined && kind !== 'oci')
    problems.keyError([...at, 'platform'], 'only an oci image is for a platform');
  if (rootfs.max_size !== undefined && kind !== 'oci' && kind !== 'tar')
    problems.keyError([...at, 'max_size'], 'only what is unpacked (tar, oci) has a size that it must not exceed');
  if (rootfs.copy_on_write !== undefined && kind !== 'host')
    problems.keyError(
      [...at, 'copy_on_write'],
      'only the root of the host can be without: any other is never written to',
    );
  if (rootfs.read_only === true && kind === 'host' && rootfs.copy_on_write !== true)
    problems.keyError(
      [...at, 'read_only'],
      'the root of the host stays as it is; with copy_on_write: true the node has a view of its own',
    );
  const path = rootfs.dir ?? rootfs.tar ?? rootfs.oci;
  if (kind !== undefined && path === '') problems.error([...at, kind], 'found an empty text, expected a path');
  if (kind !== undefined) checkText(path, [...at, kind], problems);
  const own = kind !== 'host' || rootfs.copy_on_write === true;
  if (own && isolation !== undefined && !isolation.includes('mnt') && !problems.damaged([...node.at, 'isolation']))
    problems.keyError(at, 'a root of its own needs a mount namespace of the node\'s own: isolation has no "mnt"');
}
