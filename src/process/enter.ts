import { spawnSync } from 'node:child_process';
import { LabError } from '../errors.ts';
import { mapText } from '../model/user-namespace.ts';
import type { Hindrance } from '../state/places.ts';
import { helperPath } from './helper.ts';
import { lookForIds, type MappedIds } from './id-ranges.ts';
import { readText } from '../sys/read-text.ts';

/** Where a command goes on, and who is left behind. */
export interface EnterOptions {
  /** A process in the user namespace to join; a new one is made when there is none. */
  readonly pid?: number | undefined;
  /** Join the network namespace of that process too, instead of making one. */
  readonly home?: boolean;
  /** What a new one maps; the caller alone, as its root, unless said. */
  readonly ids?: MappedIds | undefined;
  /** Leave a warden outside, with a socket to it at this descriptor of the command. */
  readonly warden?: number;
}

/** The command line that runs `command` as root of a user namespace. Like `unshare -Urn COMMAND…`. */
export function enterArguments({ pid, home = false, ids, warden }: EnterOptions, command: readonly string[]): string[] {
  return [
    helperPath(),
    'enter',
    ...(pid === undefined ? [] : ['-p', String(pid), ...(home ? ['-n'] : [])]),
    ...(pid !== undefined || ids === undefined ? [] : mapArguments(ids)),
    ...(warden === undefined ? [] : ['-u', String(warden)]),
    '--',
    ...command,
  ];
}

function mapArguments({ maps, newuidmap, newgidmap }: MappedIds): string[] {
  return ['-i', newuidmap, '-I', mapText(maps.uids), '-g', newgidmap, '-G', mapText(maps.gids)];
}

/**
 * Tries whether this machine lets its users make user namespaces, and with which ids: all that root has given to this user, or why he
 * has but his own.
 * @throws LabError that names the setting which forbids it.
 */
export function requireUserNamespaces(): MappedIds | Hindrance {
  const ids = lookForIds();
  if ('maps' in ids) {
    const said = trial({ ids });
    if (said === undefined) return ids;
    const refused = { fact: `newuidmap does not write the map: ${said.trim().split('\n')[0]}`, remedy: NEWUIDMAP };
    return requireOne() ?? refused;
  }
  return requireOne() ?? ids;
}

const NEWUIDMAP =
  'see that newuidmap and newgidmap are setuid root, on no file system that is mounted nosuid, and free to gain privileges';

function requireOne(): undefined {
  const said = trial({});
  if (said !== undefined) throw new LabError(userNamespaceRefusal(said, setting));
}

/** Undefined when it works; else what was said. */
function trial(options: EnterOptions): string | undefined {
  const [path = '', ...rest] = enterArguments(options, [helperPath(), 'noop']);
  const { status, stderr, error } = spawnSync(path, rest, { encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  return status === 0 ? undefined : (error?.message ?? stderr);
}

// What forbids it, as far as it can be read: the setting, whether its value forbids, and what root can do about it.
const REASONS: readonly (readonly [key: string, forbids: (value: string, said: string) => boolean, remedy: string])[] =
  [
    ['kernel.unprivileged_userns_clone', (value) => value === '0', 'sysctl -w kernel.unprivileged_userns_clone=1'],
    ['user.max_user_namespaces', isUsedUp, 'sysctl -w user.max_user_namespaces=15000'],
    ['user.max_net_namespaces', isUsedUp, 'sysctl -w user.max_net_namespaces=15000'],
    [
      'kernel.apparmor_restrict_unprivileged_userns',
      (value) => value !== '0',
      'sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or an AppArmor profile that allows `userns,` to netlab-init',
    ],
  ];

/** None are allowed, or all are in use: ENOSPC. */
function isUsedUp(value: string, said: string): boolean {
  return value === '0' || /no space left/i.test(said);
}

/** Why a user namespace could not be made, and what root can do about it. `said` is what the helper printed. */
export function userNamespaceRefusal(said: string, read: (key: string) => string | undefined): string {
  const what = said.trim().replace(/^netlab: /, '');
  const reasons = reasonsFor(said, read).map(({ reason, remedy }) => `  ${reason}; root can change it: ${remedy}`);
  const unknown =
    '  a container or security module may forbid it (seccomp, SELinux), or this kernel be built without CONFIG_USER_NS';
  return [
    `without root a lab needs a user namespace, and this machine does not give one (${what}):`,
    ...(reasons.length > 0 ? reasons : [unknown]),
    '  as root netlab needs none: sudo netlab …',
  ].join('\n');
}

/** The settings that keep ordinary users from making user namespaces, and what root can do about each. */
export function forbiddenUserNamespaces(read = setting): { readonly reason: string; readonly remedy: string }[] {
  return reasonsFor('', read);
}

function reasonsFor(
  said: string,
  read: (key: string) => string | undefined,
): { readonly reason: string; readonly remedy: string }[] {
  return REASONS.flatMap(([key, forbids, remedy]) => {
    const value = read(key);
    return value === undefined || !forbids(value, said) ? [] : [{ reason: `${key} is ${value}`, remedy }];
  });
}

function setting(key: string): string | undefined {
  return readText(`/proc/sys/${key.replaceAll('.', '/')}`)?.trim();
}
