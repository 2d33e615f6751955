/** What namespaces a program has beside its node's, and what is mounted in them: as records of its `start`. */
import type { Isolation } from '../model/namespace.ts';
import type { Process } from '../model/process.ts';
import { type IdMaps, mapText } from '../model/user-namespace.ts';
import { CLONE } from '../sys/netns.ts';
import { MS } from './flags.ts';
import { clockText, NODE_FLAGS, QUIET } from './operations.ts';
import type { ProtocolRecord } from './records.ts';

type Asked = Pick<Process, 'isolation' | 'share' | 'clocks'>;

/**
 * The records for a process that asks for any; none for others. Like `unshare` and `nsenter` with the flags of both. `maps`: what its
 * own user namespace maps, which is left open when nothing is started.
 */
export function namespaceRecords({ isolation = [], share = {}, clocks }: Asked, maps?: IdMaps): ProtocolRecord[] {
  if (isolation.length === 0 && Object.keys(share).length === 0) return [];
  const others = new Map<string, number>();
  for (const [kind, name] of Object.entries(share))
    others.set(name, (others.get(name) ?? 0) | FLAGS[kind as Isolation]);
  // The cgroup namespace begins where its maker is when it is made.
  const own = isolation.reduce((all, kind) => (kind === 'cgroup' ? all : all | FLAGS[kind]), 0);
  const inside = operations({ isolation, share });
  const times = clockText({ isolation, ...(clocks === undefined ? {} : { clocks }) });
  return [
    ['namespaces', own, ...[...others].flat()],
    ...(inside.length === 0 ? [] : [['inside', ...inside.flatMap((each) => [each.length, ...each])] as ProtocolRecord]),
    ...(isolation.some((kind) => kind === 'user' || kind === 'time')
      ? [['born', mapText(maps?.uids ?? []), mapText(maps?.gids ?? []), times] as ProtocolRecord]
      : []),
  ];
}

const FLAGS: Readonly<Record<Isolation, number>> = { ...NODE_FLAGS, net: CLONE.NEWNET, cgroup: CLONE.NEWCGROUP };

/** File systems that show what the namespaces have: only where nobody else sees these mounts. */
function operations({ isolation = [], share = {} }: Asked): ProtocolRecord[] {
  const has = (kind: Isolation): boolean => isolation.includes(kind) || share[kind] !== undefined;
  const out: ProtocolRecord[] = [];
  if (isolation.includes('cgroup')) out.push(['unshare', CLONE.NEWCGROUP]);
  if (!isolation.includes('mnt')) return out;
  // What belongs to another user namespace than one's own, one cannot mount: then the node's stays.
  const word = (kind: Isolation): string => (has('user') && !isolation.includes(kind) ? 'mount?' : 'mount');
  out.push(['mount', '', '/', '', MS.REC | MS.SLAVE, '']);
  if (has('pid')) out.push([word('pid'), 'proc', '/proc', 'proc', QUIET, '']);
  if (has('net')) out.push([word('net'), 'sysfs', '/sys', 'sysfs', QUIET | MS.RDONLY, '']);
  if (has('ipc')) {
    out.push(
      ['mount?', 'mqueue', '/dev/mqueue', 'mqueue', QUIET, ''],
      ['mount?', 'tmpfs', '/dev/shm', 'tmpfs', MS.NOSUID | MS.NODEV, 'mode=1777'],
    );
  }
  return out;
}
