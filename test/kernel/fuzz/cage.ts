/**
 * Where damaged requests are carried out: namespaces of their own, and a root folder that is thrown away with them. Whatever a path has
 * become by damage, nothing of the machine's can be made, written to or removed by it.
 */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { tempFolder } from '../../support/index.ts';

/**
 * The machine's programs, which nobody can change there; a /proc; devices that do nothing; and the folders that are handed in, at their own
 * paths. `NAME=PATH` before each tells whether it can be written to.
 */
const SETUP = `set -e
cd "$1"
shift
mount -t tmpfs -o mode=755,size=64m tmpfs .
cd "$PWD"
mkdir -p dev/pts dev/shm dev/mqueue etc old proc run sys tmp usr var/lib
touch etc/hosts etc/hostname etc/resolv.conf dev/ptmx
cp /etc/passwd /etc/group etc/
for name in bin sbin lib lib32 lib64; do if [ -L /$name ]; then cp -P /$name .; elif [ -d /$name ]; then set -- "$@" ro=/$name; fi; done
for name in null zero full random urandom tty; do touch dev/$name; mount --bind /dev/$name dev/$name; done
mount -t proc proc proc
for each in ro=/usr "$@"; do
  mkdir -p ".\${each#*=}"
  mount --bind "\${each#*=}" ".\${each#*=}"
  case $each in ro=*) mount -o remount,bind,ro ".\${each#*=}" ;; esac
done
pivot_root . old
cd /
umount -l old
rmdir old
echo ready
exec cat
`;

/** The namespaces, held by a process that ends with the test. */
export class Cage {
  readonly #holder: ChildProcess;

  private constructor(holder: ChildProcess) {
    this.#holder = holder;
  }

  /** `folders`: what can be written to in there; `program`: what shall run. */
  static async open(folders: readonly string[], program: string): Promise<Cage> {
    const root = mkdtempSync(join(tempFolder(), 'cage-'));
    const binds = [`ro=${dirname(program)}`, ...folders.map((folder) => `rw=${folder}`)];
    const holder = spawn('unshare', ['--mount', '--net', '--uts', '--ipc', 'sh', '-c', SETUP, 'sh', root, ...binds], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [said] = (await Promise.race([once(holder.stdout, 'data'), once(holder, 'close')])) as [unknown];
    assert.equal(String(said), 'ready\n', 'there is no cage');
    return new Cage(holder);
  }

  /** A command as it is to be executed here so that it runs in there. */
  command(argv: readonly string[]): string[] {
    const { pid } = this.#holder;
    return [
      'nsenter',
      ...['mnt', 'net', 'uts', 'ipc'].map((kind) => `--${kind === 'mnt' ? 'mount' : kind}=/proc/${pid}/ns/${kind}`),
      ...argv,
    ];
  }

  /** A program that does the same with `program` and whatever arguments it is given. Its path. */
  wrapper(program: string): string {
    const path = join(mkdtempSync(join(tempFolder(), 'wrapper-')), 'netlab-init');
    writeFileSync(path, `#!/bin/sh\nexec ${this.command([program]).join(' ')} "$@"\n`, { mode: 0o755 });
    return path;
  }

  async close(): Promise<void> {
    const closed = once(this.#holder, 'close');
    this.#holder.stdin?.end();
    await closed;
  }
}

/** What stands in the folders of the machine that everybody shares: a name and its kind, or where a link leads. What labs make comes and goes. */
export function machineFolders(): string[] {
  return ['/', '/etc', '/run', '/var', '/var/lib'].flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => folder !== '/run' || !/^(?:netlab|netns)$/.test(name))
      .flatMap((name) => kindOf(join(folder, name))),
  );
}

function kindOf(path: string): string[] {
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return [];
  return [`${path} ${found.isSymbolicLink() ? `-> ${readlinkSync(path)}` : (found.mode >> 12).toString(8)}`];
}
