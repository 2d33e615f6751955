import type { Message } from '../netlink/message.ts';
import type { NetlinkRequest, Stage } from './kind.ts';

/** Ways to change a table, as netlink's flags have them: `ip … add`, `replace`, `append`, `prepend`; `change` needs it to exist. */
export const FLAGS = { add: 0x600, replace: 0x500, append: 0xc00, prepend: 0x400, change: 0 } as const;

/** A rtnetlink request to the namespace of `node` (null: from netlab's own namespace). */
export function route<V>(
  stage: Stage,
  node: string | null,
  message: Message<V>,
  value: V,
  flags: number,
  accept: readonly string[] = [],
): NetlinkRequest {
  return { via: 'route', stage, node, accept, add: (batch, tag) => batch.add(message, value, flags, tag) };
}
