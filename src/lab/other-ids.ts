/** Users other than root in the lab of an ordinary user: which there are, and why there are no more. */
import type { Process } from '../model/resource.ts';
import { idsOfUser } from '../process/accounts.ts';
import { isInLab, type Kind } from '../process/user-namespace.ts';
import { type Hindrance, SINGLE } from '../state/places.ts';

/** Why an ordinary user has no ids but his own, and what can be done. */
export function noOthers(single: Hindrance | undefined = SINGLE): string {
  const { fact, remedy } = single ?? { fact: 'this lab has none', remedy: 'see netlab doctor' };
  return `they need ranges of ids, and ${fact} (as root: ${remedy}), or netlab as root`;
}

/** Who there is in the lab, for tests; {@link isInLab} unless said. */
export type Population = (kind: Kind, id: number) => boolean;

/**
 * Why a process cannot run as its user; undefined when it can, or when only its start can tell: in a root of the node's own, names are
 * what that says.
 */
export function userRefusal(
  { user }: Pick<Process, 'user'>,
  ownRoot: boolean,
  isThere: Population = isInLab,
  single: Hindrance | undefined = SINGLE,
): string | undefined {
  if (user === undefined || /^(?:root|0)(?::(?:root|0))?$/.test(user)) return undefined;
  if (!isThere('uid', 1))
    return `found ${user}, but in this lab there is only root: other users are not there, ${noOthers(single)}`;
  for (const { kind, id } of idsOfUser(user, ownRoot)) {
    if (!isThere(kind, id))
      return `found ${user}, whose ${kind} ${id} is beyond the ranges of ids that this user has (/etc/sub${kind})`;
  }
  return undefined;
}
