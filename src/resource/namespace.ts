import type { Difference } from '../model/report.ts';
import { changedTargets, mountWords } from '../model/mount.ts';
import { HOST } from '../model/host.ts';
import { joinWords } from '../model/namespace.ts';
import type { Namespace } from '../model/resource.ts';
import { type Rootfs, rootfsWords } from '../model/rootfs.ts';
import { shellWord } from './shell.ts';
import { compareConfinement, isConfinement } from './confinement.ts';
import { DEFAULT_RANGE, type IdMaps, mapText } from '../model/user-namespace.ts';
import { compare, compareExactly, type Kind } from './kind.ts';
import { isLimit, limitDifferences } from './limits.ts';
import { compareOwn } from './own-namespaces.ts';

/** Whether its processes go on. */
const STATE = 'state';

/** What a PID 1 is made with, and keeps. */
const ANEW: ReadonlySet<string> = new Set(['isolation', 'role', 'rootfs', 'propagation', 'masked_paths', 'time']);

/** A node's network namespace, and what the processes of the node see around them. */
export const namespace: Kind<Namespace> = {
  kind: 'namespace',
  key: ({ node }) => node,
  describe: ({ node, role }) => `${role} ${node}`,
  differences: (wanted, found) =>
    isPlain(wanted) && isPlain(found)
      ? plainDifferences(wanted, found)
      : [...plainDifferences(wanted, found), ...otherDifferences(wanted, found)],
  mustReplace: (differences) => differences.some(changesOwner),
  create: ({ node }) => [{ via: 'keeper', stage: 'namespace', node, operation: 'create' }],
  update(wanted, found, differences) {
    const { node } = wanted;
    const fields = new Set(differences.map(({ field }) => field));
    const named = fields.has('name') ? (['name'] as const) : [];
    const inside = startsAnew(wanted, differences)
      ? (['restart'] as const)
      : ['hostname', 'internet', 'mount', 'mounts'].some((field) => fields.has(field))
        ? (['furnish'] as const)
        : [];
    const bounded = differences.some(isLimit) ? (['limit'] as const) : [];
    const thawed = fields.has(STATE) ? (['thaw'] as const) : [];
    return [...named, ...thawed, ...bounded, ...inside].map((operation) => ({
      via: 'keeper',
      stage: 'stop',
      node,
      operation,
      wanted,
      found,
    }));
  },
  remove: ({ node }) => [{ via: 'keeper', stage: 'drop', node, operation: 'drop' }],
  commands: (wanted, around) => [
    { node: HOST, line: makingCommand(wanted, around.netnsName(wanted.node) ?? wanted.node) },
    ...around.limitCommands({ node: wanted.node }, wanted.limits, undefined),
    ...(wanted.rootfs === undefined ? [] : [`# the root of ${wanted.node}: ${rootCommand(wanted.rootfs)}`]),
  ],
  // The network stays as it is; what changes belongs to the node's processes, which netlab-init runs.
  updateCommands: (wanted, found, differences, around) => [
    ...(differences.some(isLimit) ? around.limitCommands({ node: wanted.node }, wanted.limits, found.limits) : []),
    ...(differences.every(isLimit) ? [] : [otherChanges(wanted, differences)]),
  ],
  removeCommands({ node, join }, around) {
    const name = around.netnsName(node) ?? node;
    // Of a link iproute2 would unmount what it leads to, which is somebody else's.
    const line = join?.path === undefined ? `ip netns delete ${name}` : `rm /run/netns/${name}`;
    return [{ stage: 'drop', node: HOST, line }];
  },
};

/** What every node has. */
const PLAIN: ReadonlySet<string> = new Set(['kind', 'node', 'at', 'role', 'hostname', 'isolation', 'internet']);

/** Whether nothing is said of a node but that: of most, and there may be thousands to compare. */
function isPlain(member: Namespace): boolean {
  return Object.keys(member).every((key) => PLAIN.has(key));
}

function plainDifferences(wanted: Namespace, found: Namespace): Difference[] {
  return [
    ...compare('role', wanted.role, found.role),
    ...compare('hostname', wanted.hostname, found.calledNow ?? found.hostname),
    ...compareExactly('internet', wanted.internet, found.internet),
    ...compare('isolation', wanted.isolation.join(', '), found.isolation.join(', ')),
  ];
}

function otherDifferences(wanted: Namespace, found: Namespace): Difference[] {
  return [
    ...compareExactly('join', wanted.join?.identity, found.join?.identity),
    ...compareExactly('joined by', wanted.join && joinWords(wanted.join), found.join && joinWords(found.join)),
    ...compare('rootfs', rootfsWords(wanted.rootfs), rootfsWords(found.rootfs)),
    ...changedTargets(wanted.mounts, found.mounts).flatMap((target) => {
      const of = (mounts: Namespace['mounts']): string | undefined => {
        const mount = mounts?.find((each) => each.target === target);
        return mount === undefined ? undefined : `${target}: ${mountWords(mount)}`;
      };
      return compareExactly('mounts', of(wanted.mounts), of(found.mounts));
    }),
    ...compare('propagation', wanted.propagation ?? 'slave', found.propagation ?? 'slave'),
    ...compare('masked_paths', maskWord(wanted), maskWord(found)),
    ...compareConfinement(wanted.confinement, found.confinement),
    ...(found.unlike === true ? [{ field: 'confinement', from: 'another', to: 'that of the file' }] : []),
    ...compareOwn(wanted, found),
    ...limitDifferences(wanted.limits, found.limits),
    ...(found.frozen === true ? [{ field: STATE, from: 'frozen', to: 'running' }] : []),
    ...(found.misnamed === undefined ? [] : [{ field: 'name', from: found.misnamed.leadsTo, to: found.misnamed.path }]),
    ...(found.unmounted ?? []).map((point) => ({ field: 'mount', from: 'missing', to: point })),
    ...(found.loosened ?? []).map(({ point, lacks }) => {
      return { field: 'mount', from: `${point} without ${lacks.join(', ')}`, to: `${point} ${lacks.join(', ')}` };
    }),
  ];
}

/** `ip netns add` makes one that belongs to us; one that belongs to a user namespace is made along with that, and named afterwards. */
function makingCommand({ isolation, ids, join }: Namespace, name: string): string {
  if (join?.pid !== undefined) return `ip netns attach ${name} ${join.pid}`;
  if (join?.path !== undefined) return `ln -s ${shellWord(join.path)} /run/netns/${name}`;
  if (!isolation.includes('user')) return `ip netns add ${name}`;
  const { uids, gids } = ids ?? { uids: [DEFAULT_RANGE], gids: [DEFAULT_RANGE] };
  const write = (ranges: IdMaps['uids'], file: string): string =>
    `printf '${mapText(ranges).replaceAll('\n', '\\n')}\\n' >/proc/$pid/${file}`;
  const steps = [
    'unshare --user --net sleep 9 >/dev/null & pid=$!',
    // It is ready when it is in another network namespace than we are.
    'while [ $(readlink /proc/$pid/ns/net) = $(readlink /proc/$$/ns/net) ]; do :; done',
    write(uids, 'uid_map'),
    write(gids, 'gid_map'),
    'echo $pid',
  ];
  return `ip netns attach ${name} $(${steps.join('; ')})`;
}

/** A network namespace is what it is, and belongs to one user namespace for ever; what that maps is said once. */
function changesOwner({ field, from = '', to = '' }: Difference): boolean {
  if (field === 'isolation') return from.split(', ').includes('user') !== to.split(', ').includes('user');
  return field === 'uid_map' || field === 'gid_map' || field === 'join';
}

function maskWord({ masked }: Namespace): string {
  return masked === true ? 'default' : 'none';
}

/** How a root is made by hand, which only its processes see: netlab itself does it with its PID 1. */
function rootCommand({ source }: Rootfs): string {
  const overlay = (lower: string): string =>
    `mount -t overlay -o ${shellWord(`lowerdir=${lower},upperdir=UPPER,workdir=WORK`)} overlay ROOT; pivot_root ROOT OLD`;
  if (source.type === 'host') return overlay('/');
  if (source.type === 'dir') return overlay(source.path);
  if (source.type === 'tar') return `tar -C DIR --xattrs -xpf ${shellWord(source.path)}; ${overlay('DIR')}`;
  const image = shellWord(`${source.path}:${source.tag ?? 'latest'}`);
  return `umoci unpack --image ${image} DIR; ${overlay('DIR/rootfs')}`;
}

/**
 * Whether the node's PID 1 must end for this, its processes with it, and both start anew: a pid, mount, uts or ipc namespace cannot be
 * changed under running processes. The network namespace and all that stands in it stay.
 */
export function startsAnew({ isolation }: Namespace, differences: readonly Difference[]): boolean {
  return differences.some((difference) => {
    const { field } = difference;
    if (isConfinement(difference)) return true;
    // Without a name of its own the node has it in its processes' environment alone.
    if (field === 'hostname') return !isolation.includes('uts');
    return ANEW.has(field);
  });
}

/** What the node's PID 1 does, in words. */
function otherChanges(wanted: Namespace, differences: readonly Difference[]): string {
  if (startsAnew(wanted, differences))
    return `# the PID 1 of ${wanted.node} ends and starts anew, and its processes with it`;
  const fields = differences.filter((each) => !isLimit(each)).map(({ field }) => field);
  return `# ${fields.join(', ')} of ${wanted.node}: by netlab itself`;
}
