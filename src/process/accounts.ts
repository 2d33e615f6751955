/** Users and groups of this machine, by name. */
import { readText } from '../sys/read-text.ts';
import type { Kind } from './user-namespace.ts';

/** The lines of passwd(5) or group(5), by their fields. */
function accounts(kind: Kind): string[][] {
  const text = readText(kind === 'uid' ? '/etc/passwd' : '/etc/group') ?? '';
  return text.split('\n').map((line) => line.split(':'));
}

/**
 * The ids of `name`, `uid`, `uid:gid` or `name:group`, as far as they can be told: `elsewhere` only numbers can, for names are what another root
 * says.
 */
export function idsOfUser(user: string, elsewhere = false): { readonly kind: Kind; readonly id: number }[] {
  const [name = '', group] = user.split(':');
  const line = elsewhere ? undefined : accounts('uid').find((each) => each[0] === name || each[2] === name);
  const of = (word: string): number | undefined => {
    if (/^\d+$/.test(word)) return Number(word);
    const found = elsewhere ? undefined : accounts('gid').find(([each]) => each === word)?.[2];
    return found === undefined ? undefined : Number(found);
  };
  const ids: readonly (readonly [Kind, number | undefined])[] = [
    ['uid', /^\d+$/.test(name) ? Number(name) : line === undefined ? undefined : Number(line[2])],
    ['gid', group === undefined ? (line === undefined ? undefined : Number(line[3])) : of(group)],
  ];
  return ids.flatMap(([kind, id]) => (id === undefined ? [] : [{ kind, id }]));
}
