/** The files of a draft's node, for services and scripts that read and change them. */
import type { NodeDraft, Origin } from '../draft.ts';
import type { NodeFiles } from './service.ts';

/** `origin`: where a file was read, by its path in the node. */
export function filesOf(node: NodeDraft, origin: (path: string) => Origin | undefined): NodeFiles {
  return {
    text: (path) => node.files?.[path],
    replace: (path, text) => (node.files = { ...node.files, [path]: text }),
    remove: (path) => {
      if (node.files !== undefined) delete node.files[path];
    },
    below: (folder) => Object.keys(node.files ?? {}).filter((path) => path.startsWith(`${folder}/`)),
    origin,
  };
}
