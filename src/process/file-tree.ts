/**
 * Where the files of nodes lie: in the keeper's private tmpfs, mirrored by their paths, so that no disk ever sees them. A node
 * has them mounted over the places where it looks for them.
 */
import { createHash } from 'node:crypto';
import { chmodSync, lchownSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { Below } from '../sys/below.ts';
import { listFolder } from '../sys/list-folder.ts';
import { inKeeperFolder } from './keeper-folder.ts';

/** Whose files are: root's, but in a user namespace of the node's he may have another number outside. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
  /** The node has a user namespace of its own. */
  readonly apart: boolean;
}

const ROOT: Owner = { uid: 0, gid: 0, apart: false };
const NOBODY = 65_534;

/** The files of one node. */
export class FileTree {
  /** The tree as the nodes and the keeper see it: below the folder over which the keeper has mounted its tmpfs. */
  readonly base: string;
  /** The same as seen from here. */
  readonly #here: string;
  readonly #keeper: number;
  readonly #folder: string;
  readonly #owner: Owner;

  /** `folder`: where the keeper's tmpfs stands; `owner`: who is root in the node. */
  constructor(keeper: number, folder: string, node: string, owner: Owner = ROOT) {
    this.#owner = owner;
    this.#keeper = keeper;
    this.#folder = folder;
    this.base = join(folder, 'files', node);
    this.#here = `/proc/${keeper}/root${this.base}`;
  }

  /** Whether the node mounts its layers from within a user namespace of its own. */
  get apart(): boolean {
    return this.#owner.apart;
  }

  /** The nodes that have files. */
  static nodes(keeper: number, folder: string): string[] {
    return listFolder(`/proc/${keeper}/root${folder}/files`);
  }

  /** Where the content of a path lies, for those in the node. */
  contentOf(path: string): string {
    return `${this.base}/content${path}`;
  }

  /** The folders of the layer above `folder`: what is new in it, and what overlayfs needs beside that. */
  layerOf(folder: string): { readonly upper: string; readonly work: string } {
    const layer = `${this.base}/layers/${createHash('sha256').update(folder).digest('hex').slice(0, 16)}`;
    return { upper: `${layer}/upper`, work: `${layer}/work` };
  }

  /** Every file's path, in order. */
  paths(): string[] {
    const walk = (at: string): string[] =>
      listFolder(`${this.#here}/content${at}`).flatMap((name) => {
        const path = `${at}/${name}`;
        return lstatSync(`${this.#here}/content${path}`).isDirectory() ? walk(path) : [path];
      });
    return walk('').toSorted();
  }

  read(path: string): string {
    return readFileSync(`${this.#here}/content${path}`, 'utf8');
  }

  /** Who may read it, as chmod(1) has it, and whose it is, as it is said in the node: `644`, `0:0`. */
  access(path: string): { readonly mode: string; readonly owner: string } {
    const { mode, uid, gid } = lstatSync(`${this.#here}/content${path}`);
    const number = (id: number, root: number): number => (id === root ? 0 : id === 0 ? NOBODY : id);
    return {
      mode: (mode & 0o7777).toString(8),
      owner: `${number(uid, this.#owner.uid)}:${number(gid, this.#owner.gid)}`,
    };
  }

  /** Writes a file, in place if it is there: who has it open or mounted sees the new content. Throws LabError. */
  write(path: string, content: string): void {
    const here = inKeeperFolder(this.#keeper, this.#folder, this.contentOf(path));
    mkdirSync(dirname(here), { recursive: true, mode: 0o755 });
    writeFileSync(here, content);
    this.#give(here);
    chmodSync(here, 0o644);
  }

  erase(path: string): void {
    rmSync(`${this.#here}/content${path}`, { force: true });
  }

  /** Makes the layer above `folder` have exactly these new files to mount on (paths below it); what else it has is the node's own. */
  prepareLayer(folder: string, names: readonly string[], gone: readonly string[]): void {
    const { upper, work } = this.layerOf(folder);
    const here = inKeeperFolder(this.#keeper, this.#folder, upper);
    for (const each of [here, work.replace(this.base, this.#here)]) {
      mkdirSync(each, { recursive: true, mode: 0o755 });
      this.#give(each);
    }
    // The node writes here too: no link that it has made may lead out.
    using layer = new Below(here);
    for (const name of gone) layer.unlink(name);
    for (const name of names) for (const made of layer.touch(name)) this.#give(made);
  }

  #give(path: string): void {
    const { uid, gid } = this.#owner;
    const now = lstatSync(path);
    if (now.uid !== uid || now.gid !== gid) lchownSync(path, uid, gid);
  }

  /** Forgets all of it: its node is gone. */
  removeAll(): void {
    rmSync(this.#here, { recursive: true, force: true });
  }
}
