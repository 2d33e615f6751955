/**
 * What every kind of resource can say of itself. A kind's file holds its key, its equality, how it is made, changed and removed
 * as requests to the kernel, and the `ip`/`nft` line that does the same. Nothing in here sends anything.
 */
import type { Limits } from '../model/limits.ts';
import type { Path } from '../model/place.ts';
import type { Difference } from '../model/report.ts';
import type { Namespace, Resource } from '../model/resource.ts';
import type { Batch } from '../netlink/batch.ts';

/**
 * The steps of a run, in order. Requests of one stage go out together, one send a namespace; the next stage begins when all of
 * them are answered. Removals come first, so that what replaces them finds the place free.
 */
export const STAGES = [
  'stop', // processes that go
  'unset', // addresses, routes, rules … that go
  'unlink', // devices that go
  'drop', // namespaces that go
  'namespace', // namespaces, with the settings that must stand before any device does
  'base', // devices that stand on nothing: bridges
  'pair', // veth pairs, both ends in place
  'stack', // devices that stand on others: vxlan
  'sysctl', // settings of devices
  'configure', // devices up; addresses, routes, rules, neighbours, forwarding entries
  'netfilter', // address translation and packet filter
  'bridge', // bridges up, last of all: their IPv6 chatter costs N×N
  'process',
] as const;
export type Stage = (typeof STAGES)[number];

/** A netlink message on its way to one namespace. */
export interface NetlinkRequest {
  readonly via: 'route' | 'netfilter';
  readonly stage: Stage;
  /** The namespace whose socket sends it; null: netlab's own, for links that name their namespaces themselves. */
  readonly node: string | null;
  /** Writes the message into a batch; a refusal comes back under `tag`. */
  readonly add: <T>(batch: Batch<T>, tag: T) => void;
  /** Where the file asks for just this, when that is not where it asks for the whole resource: one rule of many. */
  readonly at?: Path;
  /** Refusals that mean the kernel is as it should be: `ESRCH` for a route that went with its device. */
  readonly accept?: readonly string[];
}

/** A kernel setting to be written inside a namespace. */
export interface SysctlRequest {
  readonly via: 'sysctl';
  readonly stage: Stage;
  readonly node: string;
  readonly key: string;
  /** Undefined: back to what a fresh namespace has; in one that is somebody else's, to what it was before. */
  readonly value: string | undefined;
  /** Passed over where this kernel, or this device, has no such setting. */
  readonly optional?: boolean;
}

/**
 * A namespace to be made or dropped by the keeper; to get its name in /run/netns back; its PID 1 to be ended (it starts anew when it is
 * needed), to give the node's processes the surroundings that are wanted (`furnish`), other bounds
 * (`limit`), or to let them go on (`thaw`).
 */
export interface NamespaceRequest {
  readonly via: 'keeper';
  readonly stage: Stage;
  readonly node: string;
  readonly operation: 'create' | 'drop' | 'name' | 'restart' | 'furnish' | 'limit' | 'thaw';
  /** For `furnish` and `limit`. */
  readonly wanted?: Namespace;
  readonly found?: Namespace;
}

/** A process to be started or ended by the node's PID 1. */
export interface ProcessRequest {
  readonly via: 'process';
  readonly stage: Stage;
  readonly node: string;
  readonly operation: 'start' | 'stop';
  readonly name: string;
}

/** A text for `nft -f -`, run in the node's namespace. */
export interface NftRequest {
  readonly via: 'nft';
  readonly stage: Stage;
  readonly node: string;
  /** One line of netlab's stands before the text of the file. */
  readonly script: string;
  /** What the text makes; undefined: everything goes. */
  readonly made?: { readonly tables: readonly string[]; readonly digest: string };
}

export type Request = NetlinkRequest | SysctlRequest | NamespaceRequest | ProcessRequest | NftRequest;

/** What the making of requests must know of the lab and of the kernel. */
export interface Surroundings {
  readonly lab: string;
  /** The index of a link that stands or is being made. */
  index(node: string, link: string): number;
  /** The descriptor of a node's network namespace. */
  netns(node: string): number;
  /** True while the namespace is being made in this run: nothing stands in it but `lo`. */
  isNew(node: string): boolean;
  /** True for a node whose namespace is dropped in this run: what stands in it need not be removed singly. */
  isDropped(node: string): boolean;
  /** The wanted link of that name. */
  wantedLink(node: string, link: string): import('../model/resource.ts').Link | undefined;
  /** True for the host, and for a node whose network namespace is somebody else's. */
  isForeign(node: string): boolean;
  /** True for the namespace of one of the file's bridges. */
  isBridge(node: string): boolean;
}

/** What a command's words must know of the lab, for `plan --explain`. */
export interface Explaining extends Omit<Surroundings, 'netns'> {
  /** The name by which `ip netns` knows a node's namespace; undefined for the host's own, which needs none. */
  netnsName(node: string): string | undefined;
  /** True for a node whose processes see other files than the machine's, or are somebody else: there `ip netns exec` does not lead. */
  hasOwnView(node: string): boolean;
  /** The commands that give a node, or one of its processes, other bounds. They are typed outside of the node. */
  limitCommands(
    member: { readonly node: string; readonly process?: string },
    wanted: Limits | undefined,
    found: Limits | undefined,
  ): Command[];
}

/**
 * A line of shell that does something inside a node: `ip link set dev eth0 up`. It gets the node's namespace put to it (`ip -n`,
 * `ip netns exec`). One of another stage than its kind's own, or for another node than its resource's, says which.
 */
export type Command = string | { readonly stage?: Stage; readonly node?: string; readonly line: string };

/** One kind of resource. */
export interface Kind<R extends Resource> {
  readonly kind: R['kind'];
  /** What makes it the same thing in two lists. Unique within a lab and a kind. */
  key(resource: R): string;
  /** In words, without its kind's article: `address 10.0.0.1/24 on r1:eth0`. */
  describe(resource: R): string;
  /** The properties in which `found` is not as `wanted`. Undefined properties of `wanted` are not compared. */
  differences(wanted: R, found: R): Difference[];
  /** True when these differences can only be mended by removing and making anew. Default: never. */
  mustReplace?(differences: readonly Difference[], wanted: R): boolean;
  create(resource: R, around: Surroundings): Request[];
  update(wanted: R, found: R, differences: readonly Difference[], around: Surroundings): Request[];
  remove(found: R, around: Surroundings): Request[];
  /** The commands that do what `create` does. */
  commands(resource: R, around: Explaining): Command[];
  /** Those that do what `update` does. Without it: what is there is removed, and made anew. */
  updateCommands?(wanted: R, found: R, differences: readonly Difference[], around: Explaining): Command[];
  /** Those that do what `remove` does; `around.isDropped` need not be asked. */
  removeCommands(found: R, around: Explaining): Command[];
}

/** The protocol number on everything of ours that has a place for one: `ip route show proto 110`. */
export const PROTOCOL = 110;

/** The group number of every link of ours: `ip link show group 110`. */
export const GROUP = 110;

type Plain = string | number | boolean | undefined;

/** A difference when two properties differ, nothing when `wanted` has none. */
export function compare(field: string, wanted: Plain, found: Plain): Difference[] {
  if (wanted === undefined || wanted === found) return [];
  return [{ field, ...(found === undefined ? {} : { from: String(found) }), to: String(wanted) }];
}

/** A difference also when `wanted` has nothing and `found` has something. */
export function compareExactly(field: string, wanted: Plain, found: Plain): Difference[] {
  if (wanted === found) return [];
  return [
    {
      field,
      ...(found === undefined ? {} : { from: String(found) }),
      ...(wanted === undefined ? {} : { to: String(wanted) }),
    },
  ];
}
