/** A running lab as this process holds it: a connection to its keeper, and its namespaces. */
import { mkdirSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';

import { KeeperError, LabError } from '../errors.ts';
import { hostsText } from '../model/hosts.ts';
import type { HostEntry } from '../model/lab.ts';
import type { Namespace } from '../model/resource.ts';
import { FileTree } from '../process/file-tree.ts';
import { thawNode } from '../process/cgroup/freezer.ts';
import { hierarchies } from '../process/cgroup/hierarchies.ts';
import { labGroup } from '../process/cgroup/places.ts';
import { removeNodeGroups } from '../process/cgroup/removal.ts';
import { KEEPER_FLAGS, keeperOperations } from '../process/operations.ts';
import { Keeper, startKeeper } from '../process/keeper.ts';
import { isMounted } from '../process/keeper-folder.ts';
import { terminateKeeper } from '../process/kill.ts';
import { type Mount, readMounts, realPaths } from '../process/mounts.ts';
import { NodeInit } from '../process/node-init.ts';
import { LayerStore } from '../process/rootfs.ts';
import type { Keeping } from '../reconcile/run.ts';
import { Namespaces } from '../reconcile/namespaces.ts';
import type { NewNamespace } from '../reconcile/new-namespaces.ts';
import { keeperOf, keeperSocket, nodeSocket } from '../state/keepers.ts';
import { linkNetns, makeNetnsDir, netnsTarget, relinkNetns, unlinkNetns } from '../state/netns-links.ts';
import { labPaths, NETNS_DIR, netnsPath, STATE_ROOT } from '../state/paths.ts';
import type { Lock } from '../sys/lock.ts';
import { Foreign } from './foreign.ts';
import { boundNode } from './groups.ts';
import { furnish } from './inside.ts';
import { explainStart } from './privilege.ts';
import { NewOwners, namespaceStart } from './new-owners.ts';
import { removeFiles } from './remains.ts';

/** A lab whose keeper runs. */
export class Session implements Keeping, Disposable {
  readonly lab: string;
  readonly namespaces = new Namespaces();
  /** What of them is somebody else's. */
  readonly foreign: Foreign;
  /** By node, the keeper's descriptor of its namespace. */
  readonly #descriptors = new Map<string, number>();
  readonly #owners = new NewOwners();
  #mounts: readonly Mount[] | undefined;
  #keeper: Keeper;
  #dropping: readonly string[] = [];
  #begun = false;
  /** The nodes of whose namespaces hold is taken at once; undefined: all. */
  #nodes: ReadonlySet<string> | undefined;

  private constructor(lab: string, keeper: Keeper) {
    this.lab = lab;
    this.foreign = new Foreign(lab, this.namespaces);
    this.#keeper = keeper;
  }

  get keeper(): Keeper {
    return this.#keeper;
  }

  /**
   * Connects to a running lab and takes hold of its namespaces; `pid`: its keeper, if the caller has looked. With `nodes` only of theirs,
   * and of the others when they are asked for, which is right for whoever has the lab's lock by then. Undefined when it does
   * not run. Throws LabError when another version of netlab has made it.
   */
  static open(lab: string, pid = keeperOf(lab), nodes?: ReadonlySet<string>): Session | undefined {
    const keeper = Keeper.of(lab, pid);
    if (keeper === undefined) return undefined;
    const session = new Session(lab, keeper);
    session.#nodes = nodes;
    try {
      session.#adoptAll();
      return session;
    } catch (error) {
      session[Symbol.dispose]();
      throw error;
    }
  }

  /**
   * Connects anew and takes hold of all that there is now: after a failure nobody knows which answer was to come next, and what
   * the keeper has done of what it was asked.
   * @throws LabError when the keeper has ended.
   */
  renew(): void {
    this.#keeper.close();
    const keeper = Keeper.of(this.lab, this.#keeper.pid);
    if (keeper === undefined) throw new LabError('its keeper has ended, and all that ran in it');
    this.#keeper = keeper;
    this.#begun = false;
    for (const name of this.namespaces.names()) this.namespaces.release(name);
    this.#descriptors.clear();
    this.foreign.clear();
    this.#adoptAll();
    this.finishDrops();
    this.foreign.attach();
  }

  /** Waits for the end of nodes whose removal an earlier run has asked for and not seen: before that nothing can have their names. */
  finishDrops(): void {
    this.keeper.finishDrops(this.#dropping);
    this.#dropping = [];
  }

  /** Starts the keeper of a lab that does not run yet. `lock` is handed on to it until it answers. */
  static create(lab: string, hosts: readonly HostEntry[], lock: Lock): Session {
    const { ctl, logs } = labPaths(lab);
    mkdirSync(logs, { recursive: true, mode: 0o755 });
    // The last keeper's link, or what somebody has put in its place.
    rmSync(ctl, { recursive: true, force: true });
    makeNetnsDir();
    let pid: number;
    try {
      ({ pid } = startKeeper({
        lab,
        ctl,
        privateDir: `${STATE_ROOT}/keeper`,
        filesDir: STATE_ROOT,
        logsDir: logs,
        linksDir: NETNS_DIR,
        linkPrefix: `${lab}.`,
        groups: hierarchies().map((hierarchy) => labGroup(hierarchy, lab)),
        lockFd: lock.fd,
        flags: KEEPER_FLAGS,
        operations: keeperOperations({ folder: STATE_ROOT, hosts: hostsText(hosts) }),
      }));
    } catch (error) {
      removeFiles(lab);
      throw explainStart(error);
    }
    const keeper = Keeper.of(lab, pid);
    if (keeper === undefined) throw new LabError(`the keeper of ${lab} ended as soon as it had started`);
    return new Session(lab, keeper);
  }

  /**
   * Makes anew what somebody has removed of the lab's files: the link to its keeper, the folder of its logs, that of names, and the
   * tmpfs that its keeper has over the state folder.
   * Whoever does this has the lab's lock.
   */
  mendFiles(): void {
    const { ctl, logs } = labPaths(this.lab);
    mkdirSync(logs, { recursive: true, mode: 0o755 });
    const target = keeperSocket(this.lab, this.keeper.pid);
    if (linkTarget(ctl) !== target) {
      rmSync(ctl, { recursive: true, force: true });
      symlinkSync(target, ctl);
    }
    makeNetnsDir();
    if (!isMounted(this.keeper.pid, STATE_ROOT)) this.#mountFiles();
  }

  #mountFiles(): void {
    try {
      this.keeper.mountFiles();
    } catch (error) {
      // Who writes there will be told.
      if (!(error instanceof KeeperError)) throw error;
    }
  }

  /**
   * Lets the keeper of a new lab make the lab's namespaces while this process works out the rest. {@link create} waits for
   * them; nothing else may be asked of the keeper before.
   */
  begin(list: readonly NewNamespace[]): void {
    const own = list.filter(({ join }) => join === undefined);
    if (own.length === 0) return;
    this.#owners.expect(own);
    this.keeper.sendNamespaces(own.map(namespaceStart));
    this.#begun = true;
  }

  create(list: () => readonly NewNamespace[], onCreated: (name: string) => void): void {
    const joining = this.foreign.any ? list().filter(({ join }) => join !== undefined) : [];
    if (!this.#begun) this.begin(list());
    const take = (name: string, fd: number): void => {
      // What can be done for one namespace is done while the keeper makes the next.
      this.#adopt(name, fd);
      this.namespaces.route(name);
      linkNetns(this.lab, name, this.keeper.pid, fd);
      onCreated(name);
    };
    if (this.#begun)
      this.keeper.receiveNamespaces((name, fd) => {
        this.#owners.welcome(this.keeper.pid, name);
        take(name, fd);
      });
    this.#begun = false;
    for (const { name, join } of joining) {
      const part = this.foreign.meet(name, join?.identity);
      if (part !== undefined) take(name, this.keeper.joinNamespace(name, part.namespaces.fd(name)));
    }
  }

  drop(nodes: readonly string[]): void {
    this.foreign.leave(nodes);
    for (const node of nodes) {
      this.namespaces.release(node);
      this.#descriptors.delete(node);
      unlinkNetns(this.lab, node);
    }
    this.thaw(nodes);
    this.keeper.dropNode(nodes);
    for (const node of nodes) new LayerStore(this.keeper.pid, STATE_ROOT, node).removeAll();
    for (const node of nodes) removeNodeGroups(this.lab, node);
    const withFiles = FileTree.nodes(this.keeper.pid, STATE_ROOT);
    for (const node of nodes.filter((each) => withFiles.includes(each)))
      new FileTree(this.keeper.pid, STATE_ROOT, node).removeAll();
  }

  name(nodes: readonly string[]): void {
    for (const node of nodes) relinkNetns(this.lab, node, this.keeper.pid, this.#descriptors.get(node)!);
  }

  furnish(wanted: Namespace, found: Namespace = wanted): void {
    const init = this.init(wanted.node);
    if (init === undefined) return;
    try {
      const common = { keeper: this.keeper.pid, mounts: () => this.mounts(), resolve: realPaths() };
      furnish(init, wanted, found, common);
    } finally {
      init.close();
    }
  }

  /** The keeper's mounts, which stand in each node as well. */
  mounts(): readonly Mount[] {
    return (this.#mounts ??= readMounts(`/proc/${this.keeper.pid}/mountinfo`));
  }

  /** What a node's name in /run/netns leads to, when not to its namespace. */
  misnamed(node: string): Namespace['misnamed'] {
    const leadsTo = netnsTarget(this.lab, node);
    const shall = `/proc/${this.keeper.pid}/fd/${this.#descriptors.get(node)}`;
    return leadsTo === shall ? undefined : { path: netnsPath(this.lab, node), leadsTo };
  }

  limit(wanted: Namespace): void {
    boundNode(this, wanted);
  }

  thaw(nodes: readonly string[]): void {
    for (const node of nodes) thawNode(this.lab, node);
  }

  restart(nodes: readonly string[]): void {
    this.thaw(nodes);
    for (const node of nodes) {
      const init = this.init(node);
      if (init === undefined) {
        // Its processes are the keeper's.
        const own = this.keeper.list().programs.flatMap(({ name }) => (name.startsWith(`${node}/`) ? [name] : []));
        if (own.length > 0) this.keeper.stop(own);
        if (own.length > 0) this.keeper.forget(own);
        continue;
      }
      const { pid } = init;
      init.close();
      // It ends its processes in order, each in its own time, and then itself.
      terminateKeeper(pid, 3_600_000);
    }
  }

  /** A connection to a node's PID 1, if it has been started. */
  init(node: string): NodeInit | undefined {
    return NodeInit.connect(nodeSocket(this.keeper.pid, node));
  }

  #adoptAll(): void {
    const { namespaces, dropping } = this.keeper.list();
    for (const { name, fd, joined } of namespaces) {
      if (joined === true) this.foreign.note(name);
      this.#adopt(name, fd);
    }
    this.#dropping = dropping;
  }

  #adopt(node: string, fd: number): void {
    this.#descriptors.set(node, fd);
    const path = `/proc/${this.keeper.pid}/fd/${fd}`;
    if (this.#nodes?.has(node) === false) this.namespaces.expect(node, path);
    else this.namespaces.adopt(node, path);
  }

  [Symbol.dispose](): void {
    this.namespaces[Symbol.dispose]();
    this.keeper.close();
  }
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
