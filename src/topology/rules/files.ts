/** Files of a node: paths that a mount can be made over, in a mount namespace that is the node's own. */
import type { Path } from '../../model/place.ts';
import { entries } from '../document.ts';
import { type DraftNode, isForeign } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

/** What the kernel shows there is made by it, or is netlab's own. */
const RESERVED = ['/proc', '/sys', '/dev', '/run/netlab', '/run/netns'];

/** Judges the `files` of a node. */
export function checkFiles(node: DraftNode, problems: Problems): void {
  const files = entries(node.document.files);
  // The host has none at all, nor has a joined namespace, and both are told so.
  if (files.length === 0 || isForeign(node)) return;
  const at = [...node.at, 'files'];
  const { isolation } = node.document;
  if (isolation !== undefined && !isolation.includes('mnt') && !problems.damaged([...node.at, 'isolation'])) {
    problems.keyError(
      at,
      'files need a mount namespace of the node\'s own, or they would be the host\'s: isolation has no "mnt"',
    );
  }
  const paths = new Set(files.map(([path]) => path));
  for (const [path] of files) checkPath(path, paths, [...at, path], problems);
}

function checkPath(path: string, all: ReadonlySet<string>, at: Path, problems: Problems): void {
  const words = path.split('/').slice(1);
  if (!path.startsWith('/') || words.some((word) => word === '' || word === '.' || word === '..')) {
    problems.keyError(at, `found ${quoted(path)}, expected an absolute path of a file, without "//", "." and ".."`);
    return;
  }
  if (/\p{Cc}/u.test(path) || path.length > 1024 || words.some((word) => Buffer.byteLength(word) > 255)) {
    problems.keyError(
      at,
      `found ${quoted(path)}, expected a path without control characters and not too long for the kernel`,
    );
    return;
  }
  const reserved = RESERVED.find((folder) => path === folder || path.startsWith(`${folder}/`));
  if (reserved !== undefined) {
    problems.keyError(
      at,
      `found ${quoted(path)}, but what stands below ${reserved} is not made of files that can be replaced`,
    );
    return;
  }
  const above = words.map((_, i) => `/${words.slice(0, i).join('/')}`).find((folder) => all.has(folder));
  if (above !== undefined)
    problems.keyError(at, `${quoted(above)} is a file of this node too, so nothing can stand below it`);
}
