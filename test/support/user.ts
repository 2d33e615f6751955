/**
 * Who works the command line in a test. Tests run as root, whose eyes see everything; netlab itself can be started as `nobody`, who
 * has no rights at all: his labs live in user namespaces, and his commands go through setpriv(1).
 */
import { chownSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { tempFolder } from './files.ts';

export type User = 'root' | 'nobody';

let current: User = 'root';
/** What stands before his command lines, and is run by root. */
let first: () => readonly string[] = () => [];

/** Who it is now. */
export function user(): User {
  return current;
}

/** A suite that is run twice: netlab's user is root, and then `nobody`. */
export function describeForUsers(title: string, body: (this: Mocha.Suite) => void): void {
  describe(title, body);
  describeAsNobody(title, body);
}

/** A suite in which netlab is started by `nobody`. The test itself stays root. */
export function describeAsNobody(title: string, body: (this: Mocha.Suite) => void): void {
  describe(title, () => {
    before(() => {
      current = 'nobody';
    });
    after(() => {
      current = 'root';
    });
    // Its hooks run between ours.
    describe('as nobody', body);
  });
}

/** A suite of `nobody`'s whose command lines stand behind another, which root runs: it ends with a program that executes the rest. */
export function describeBehind(title: string, line: () => readonly string[], body: (this: Mocha.Suite) => void): void {
  describeAsNobody(title, () => {
    before(() => {
      first = line;
    });
    after(() => {
      first = () => [];
    });
    describe('behind it', body);
  });
}

/** A suite of `nobody`'s in which /etc/subuid and /etc/subgid give him 65536 ids, from `from` on: those of his commands' own mount namespaces. */
export function describeWithIds(title: string, from: number, body: (this: Mocha.Suite) => void): void {
  describeBehind(title, () => withIds(from), body);
}

/** Where the current user's labs have their state, his nodes' namespaces their names, and the unpacked roots lie. */
export function places(): { readonly state: string; readonly netns: string; readonly roots: string } {
  if (current === 'root') return { state: '/run/netlab', netns: '/run/netns', roots: '/var/lib/netlab/roots' };
  const state = join(home(), 'netlab');
  return { state, netns: join(state, '.netns'), roots: join(home(), '.local/share/netlab/roots') };
}

/** A command line as the current user runs it, and what his environment has of its own. */
export function asUser(argv: readonly string[]): { readonly argv: string[]; readonly env: Record<string, string> } {
  if (current === 'root') return { argv: [...argv], env: {} };
  const { uid, gid } = nobody();
  const rights = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups'];
  // Root's own folders are closed to him, and a shell that finds a program there says so instead of looking on.
  const path = (process.env['PATH'] ?? '').split(':').filter((folder) => !folder.startsWith('/root'));
  return {
    argv: [...first(), 'setpriv', ...rights, ...argv],
    env: { HOME: home(), XDG_RUNTIME_DIR: home(), TMPDIR: home(), PATH: path.join(':') },
  };
}

function withIds(from: number): string[] {
  const file = join(tempFolder(), `ids-${from}`);
  writeFileSync(file, `nobody:${from}:65536\n`);
  const bind = `mount --bind '${file}' /etc/subuid && mount --bind '${file}' /etc/subgid && exec "$@"`;
  return ['unshare', '-m', 'sh', '-c', bind, 'sh'];
}

/** The ids of `nobody`, whose group has different names. */
export function nobody(): { readonly uid: number; readonly gid: number } {
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((each) => each.startsWith('nobody:'));
  const [, , uid = '65534', gid = '65534'] = (line ?? '').split(':');
  return { uid: Number(uid), gid: Number(gid) };
}

/** A folder of his own; it goes with the test's. */
function home(): string {
  const folder = join(tempFolder(), 'nobody');
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) chownSync(folder, nobody().uid, nobody().gid);
  return folder;
}
