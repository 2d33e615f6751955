/** What namespaces a program has beside its node's, and what is mounted in them: as records of its `start`. */
import type { Process, ProgramIsolation } from '../model/process.ts';
import { CLONE } from '../sys/netns.ts';
import { MS } from './flags.ts';
import { NODE_FLAGS, QUIET } from './operations.ts';
import type { ProtocolRecord } from './records.ts';

type Asked = Pick<Process, 'isolation' | 'share'>;

/** The records for a process that asks for any; none for others. Like `unshare` and `nsenter` with the flags of both. */
export function namespaceRecords({ isolation = [], share = {} }: Asked): ProtocolRecord[] {
  if (isolation.length === 0 && Object.keys(share).length === 0) return [];
  const others = new Map<string, number>();
  for (const [kind, name] of Object.entries(share)) others.set(name, (others.get(name) ?? 0) | FLAGS[kind as Kind]);
  // The cgroup namespace begins where its maker is when it is made.
  const own = isolation.reduce((all, kind) => (kind === 'cgroup' ? all : all | FLAGS[kind]), 0);
  const inside = operations({ isolation, share });
  return [
    ['namespaces', own, ...[...others].flat()],
    ...(inside.length === 0 ? [] : [['inside', ...inside.flatMap((each) => [each.length, ...each])] as ProtocolRecord]),
  ];
}

type Kind = ProgramIsolation;
const FLAGS: Readonly<Record<Kind, number>> = { ...NODE_FLAGS, net: CLONE.NEWNET, cgroup: CLONE.NEWCGROUP };

/** File systems that show what the namespaces have: only where nobody else sees these mounts. */
function operations({ isolation = [], share = {} }: Asked): ProtocolRecord[] {
  const has = (kind: Kind): boolean => isolation.includes(kind) || share[kind] !== undefined;
  const out: ProtocolRecord[] = [];
  if (isolation.includes('cgroup')) out.push(['unshare', CLONE.NEWCGROUP]);
  if (!isolation.includes('mnt')) return out;
  out.push(['mount', '', '/', '', MS.REC | MS.SLAVE, '']);
  if (has('pid')) out.push(['mount', 'proc', '/proc', 'proc', QUIET, '']);
  if (has('net')) out.push(['mount', 'sysfs', '/sys', 'sysfs', QUIET | MS.RDONLY, '']);
  if (has('ipc')) {
    out.push(
      ['mount?', 'mqueue', '/dev/mqueue', 'mqueue', QUIET, ''],
      ['mount?', 'tmpfs', '/dev/shm', 'tmpfs', MS.NOSUID | MS.NODEV, 'mode=1777'],
    );
  }
  return out;
}
