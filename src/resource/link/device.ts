/**
 * What a kind of network device can say of itself. One kind, one file: its options as they are compared, written, changed, read
 * back and spelt for `ip link add`. All that devices have in common is in ../link.ts.
 */
import type { Difference } from '../../model/report.ts';
import { type Link, type LinkType, lowerOf } from '../../model/resource.ts';
import { IFF } from '../../netlink/constants.ts';
import type { ReplyOf, RequestOf } from '../../netlink/message.ts';
import { type getlink, newlink } from '../../netlink/spec/rt-link.ts';
import { compareExactly, GROUP, type Request, type Stage, type Surroundings } from '../kind.ts';
import { FLAGS, route } from '../request.ts';
import { shellWord, words } from '../shell.ts';

/** One kind of device: an entry of the table in devices.ts. */
export interface Device {
  /** When it is made: `base` for what stands on nothing, `stack` for what stands on another device. */
  readonly stage: Extract<Stage, 'base' | 'pair' | 'stack'>;
  /** Whether the device under it is named by IFLA_LINK (`ip link add link eth0 …`), and not in the options. */
  readonly stacked?: boolean;
  /** What the kernel must have been built with. */
  readonly config: string;
  /** Whose link-layer address it has: one of its own, that of the device under it, or none (no Ethernet). */
  readonly mac: 'own' | 'lower' | 'none';
  /** Its MTU unless the file says one; `below` is that of the device under it, or 1500. Default: `below`. */
  mtu?(link: Link, below: number): number;
  /** The differences in its own options, all in words that begin with the kind. */
  differences(wanted: Link, found: Link): Difference[];
  /** Whether the device must be made anew to mend this one. */
  isFixed(difference: Difference, wanted: Link): boolean;
  create(wanted: Link, around: Surroundings): Request[];
  /** Changes options in place: those that `fields` names. */
  change(wanted: Link, fields: ReadonlySet<string>, around: Surroundings): Request[];
  /** The options that the kernel shows. */
  read(shown: Shown): Partial<Link>;
  /** What stands behind `ip link add … type KIND`. */
  words(link: Link): string;
  /** What stands behind `ip link set … type KIND` to change the options that `fields` names; empty when there is nothing. */
  changeWords(wanted: Link, fields: ReadonlySet<string>): string;
}

/** A device as the kernel shows it. */
export interface Shown {
  readonly attrs: ReplyOf<typeof getlink>['attrs'];
  /** The names of the namespace's devices by index. */
  readonly names: ReadonlyMap<number, string>;
}

/** IFLA_LINKINFO of a request. */
export type LinkInfo = NonNullable<NonNullable<RequestOf<typeof newlink>['attrs']>['linkinfo']>;

/** One option of a kind, for the differences and for the line of `ip`. */
export interface Option<O> {
  readonly name: keyof O & string;
  /** The kernel changes it while the device stands; a function looks at what from and what to, and at what else is wanted. */
  readonly inPlace?: boolean | ((difference: Difference, wanted: O) => boolean);
}

/** What {@link optioned} makes a device of. */
export interface Description<O> extends Pick<Device, 'config' | 'mac' | 'mtu' | 'stacked'> {
  /** The kind's word in messages: `vlan id 10 → 20`. */
  readonly kind: string;
  readonly stage: Extract<Stage, 'base' | 'stack'>;
  readonly of: (link: Link) => O | undefined;
  readonly options: readonly Option<O>[];
  /** The options as attributes; `lower` is the index of the device under it. For a change: only what may be said then. */
  info(options: O, lower: number | undefined, purpose: 'create' | 'change', link: Link): LinkInfo;
  read(shown: Shown): Partial<Link>;
  /** The options as iproute2 has them, with the same distinction. */
  words(options: O, purpose: 'create' | 'change'): Words;
}

/** Options for `ip`: a word with its value, or alone when that is true. What is undefined or false is left out. */
export type Words = readonly (readonly [word: string, value: string | number | boolean | undefined])[];

function spelt(list: Words): string {
  return words(
    ...list.map(([word, value]) =>
      value === undefined || value === false
        ? undefined
        : value === true
          ? word
          : `${word} ${shellWord(String(value))}`,
    ),
  );
}

/** A device whose options are a list: all but veth and bridge. */
export function optioned<O extends { readonly [K in keyof O]: string | number | boolean | undefined }>(
  about: Description<O>,
): Device {
  const { kind, stage, of, options, stacked = false } = about;
  const rows = new Map(options.map((option) => [`${kind} ${option.name}`, option]));
  const attrs = (wanted: Link, around: Surroundings, purpose: 'create' | 'change') => {
    const own = of(wanted);
    if (own === undefined) throw new Error(`the ${kind} ${wanted.node}:${wanted.name} has no options`);
    const name = lowerOf(wanted);
    const lower = name === undefined ? undefined : around.index(wanted.node, name);
    return {
      ...(stacked && lower !== undefined ? { link: lower } : {}),
      linkinfo: about.info(own, stacked ? undefined : lower, purpose, wanted),
    };
  };
  const isConcerned = (fields: ReadonlySet<string>): boolean => [...fields].some((field) => rows.has(field));
  const line = (link: Link, purpose: 'create' | 'change'): string => {
    const own = of(link);
    return own === undefined ? '' : spelt(about.words(own, purpose));
  };
  return {
    config: about.config,
    mac: about.mac,
    stage,
    stacked,
    ...(about.mtu === undefined ? {} : { mtu: about.mtu }),
    differences(wanted, found) {
      const want = of(wanted);
      if (want === undefined) return [];
      const have = of(found);
      return options.flatMap(({ name }) => compareExactly(`${kind} ${name}`, want[name], have?.[name]));
    },
    isFixed(difference, wanted) {
      const inPlace = rows.get(difference.field)?.inPlace ?? false;
      const own = of(wanted);
      if (!rows.has(difference.field) || own === undefined) return false;
      return !(typeof inPlace === 'function' ? inPlace(difference, own) : inPlace);
    },
    create: (wanted, around) => make(stage, wanted, around, attrs(wanted, around, 'create')),
    change(wanted, fields, around) {
      if (!isConcerned(fields)) return [];
      const header = { index: around.index(wanted.node, wanted.name) };
      const { linkinfo } = attrs(wanted, around, 'change');
      return [route('configure', wanted.node, newlink, { header, attrs: { linkinfo } }, FLAGS.change)];
    },
    read: (shown) => about.read(shown),
    words: (link) => line(link, 'create'),
    changeWords: (wanted, fields) => (isConcerned(fields) ? line(wanted, 'change') : ''),
  };
}

/** Makes a device in its namespace, then brings it up and to its master. */
export function make(
  stage: Stage,
  wanted: Link,
  around: Surroundings,
  attrs: { readonly linkinfo: LinkInfo; readonly link?: number },
): Request[] {
  const { node, name } = wanted;
  const { net_ns_fd: _, ...common } = born(wanted, around);
  const value = { header: { index: around.index(node, name) }, attrs: { ...common, ...attrs } };
  return [route(stage, node, newlink, value, FLAGS.add), ...settle(wanted, around)];
}

/** The attributes that every new device gets: its name, its namespace, our mark. */
export function born({ node, name, mac, mtu }: Link, around: Surroundings) {
  return {
    ifname: name,
    net_ns_fd: around.netns(node),
    group: GROUP,
    ...(mac === undefined ? {} : { address: mac }),
    ...(mtu === undefined ? {} : { mtu }),
  };
}

/** What one RTM_NEWLINK to an existing device may change. */
export interface LinkChange {
  readonly mtu?: number;
  readonly mac?: string;
  readonly master?: string;
  readonly up?: boolean;
}

/** Like `ip link set DEV mtu … address … master … up`. */
export function setLink({ node, name }: Link, around: Surroundings, change: LinkChange): Request[] {
  if (Object.keys(change).length === 0) return [];
  const { mtu, mac, master, up } = change;
  const attrs = {
    ...(mac === undefined ? {} : { address: mac }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(master === undefined ? {} : { master: around.index(node, master) }),
  };
  const header = {
    index: around.index(node, name),
    ...(up === undefined ? {} : { flags: up ? IFF.UP : 0, change: IFF.UP }),
  };
  return [route('configure', node, newlink, { header, attrs }, FLAGS.change)];
}

/** Takes a link from its master, before anything new is made: what a port is, nothing can stand on. Like `ip link set DEV nomaster`. */
export function leave({ node, name }: Link, around: Surroundings): Request[] {
  const value = { header: { index: around.index(node, name) }, attrs: { master: 0 } };
  return [route('unlink', node, newlink, value, FLAGS.change)];
}

/** What kind of device a link is to be the port of. */
export function joins({ node, master }: Link, around: Pick<Surroundings, 'wantedLink'>): LinkType | undefined {
  return master === undefined ? undefined : around.wantedLink(node, master)?.type;
}

/** Brings a new device to its master, and up if it is to be. */
export function settle(wanted: Link, around: Surroundings): Request[] {
  const { master, up } = wanted;
  if (joins(wanted, around) === 'bond') return bond(wanted, around);
  return setLink(wanted, around, { ...(master === undefined ? {} : { master }), ...(up ? { up } : {}) });
}

/** Makes a link the member of a bond, which takes only what is down, and brings it up: then it is as the file wants it. */
export function bond(wanted: Link, around: Surroundings): Request[] {
  const { master, up } = wanted;
  if (master === undefined) return [];
  return [{ up: false }, { master }, { up }].flatMap((change) => setLink(wanted, around, change));
}

/** The name of the device under one, as IFLA_LINK or a kind's own attribute has it. */
export function lowerName({ names }: Shown, index: number | undefined): { readonly link?: string } {
  const link = index === undefined || index === 0 ? undefined : names.get(index);
  return link === undefined ? {} : { link };
}
