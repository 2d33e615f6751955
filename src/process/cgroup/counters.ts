/** How often the bounds of a node's groups were met, and who is told of it. */
import { existsSync } from 'node:fs';

import type { LimitHits } from '../../model/report.ts';
import type { ProtocolRecord } from '../records.ts';
import { readGroup } from './group.ts';
import type { Hierarchy } from './hierarchies.ts';
import { groupsIn, INIT, nodeGroup, partGroup, REST, treesOf } from './places.ts';

/** What of the keeper's `watch` is the same for a counter in all groups. */
interface Counter {
  readonly word: string;
  readonly text: string;
  readonly file: string;
  readonly key: string;
  /** Version 1: where its bell is hung up. Of its pids nothing rings, and they are looked at each second. */
  readonly bell?: string;
}

function countersOf({ version, controllers }: Hierarchy): Counter[] {
  const counters: Counter[] = [];
  const killed = { word: 'oom-kill', text: 'a process was killed: the memory limit', key: 'oom_kill' };
  if (controllers.has('memory'))
    counters.push(
      version === 2
        ? { ...killed, file: 'memory.events' }
        : { ...killed, file: 'memory.oom_control', bell: 'cgroup.event_control' },
    );
  if (controllers.has('pids'))
    counters.push({
      word: 'pids-max',
      text: 'a fork was refused: the pids limit',
      key: 'max',
      file: 'pids.events',
      ...(version === 1 ? { bell: 'poll' } : {}),
    });
  return counters;
}

/** The records by which a keeper is asked to tell when a bound of a node, or of one of its processes, is met. */
export function watchRecords(lab: string, node: string, process?: string): ProtocolRecord[] {
  return treesOf(lab).flatMap((hierarchy) => {
    const part = partGroup(hierarchy, lab, node, process ?? REST);
    const log = process === undefined ? '' : `${node}/${process}.log`;
    return countersOf(hierarchy).flatMap((counter): ProtocolRecord[] => {
      // Since Linux 6.11 a refused fork counts where the limit is.
      const whole = process === undefined && counter.word === 'pids-max' ? [nodeGroup(hierarchy, lab, node)] : [];
      return [part, ...whole].flatMap((folder): ProtocolRecord[] => {
        const { word, text, file, key, bell } = counter;
        if (!existsSync(`${folder}/${file}`)) return [];
        const by = bell === undefined || bell === 'poll' ? (bell ?? '') : `${folder}/${bell}`;
        return [['watch', node, process ?? '', log, word, text, `${folder}/${file}`, key, by]];
      });
    });
  });
}

/** How often the bounds of a node were met, or those of one of its parts; undefined where it has no group. */
export function limitHits(
  trees: readonly Hierarchy[],
  lab: string,
  node: string,
  part?: string,
): LimitHits | undefined {
  const found = trees.flatMap((hierarchy) => {
    const folder = part === undefined ? nodeGroup(hierarchy, lab, node) : partGroup(hierarchy, lab, node, part);
    return existsSync(folder) ? [{ hierarchy, folder }] : [];
  });
  if (found.length === 0) return undefined;
  const sum = (file: string, key: string, deep: boolean): number =>
    Math.max(0, ...found.map(({ folder }) => count(folder, file, key, deep)));
  return {
    oomKills: Math.max(sum('memory.events', 'oom_kill', true), sum('memory.oom_control', 'oom_kill', true)),
    forksRefused: sum('pids.events', 'max', true),
    cpuThrottled: sum('cpu.stat', 'nr_throttled', false),
  };
}

/** In version 1, and in old kernels, what has happened in a group is not counted in the one above it. */
function count(folder: string, file: string, key: string, deep: boolean): number {
  const own = Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(readGroup(`${folder}/${file}`) ?? '')?.[1] ?? 0);
  if (!deep) return own;
  const below = groupsIn(folder).filter((name) => name !== INIT);
  return Math.max(
    own,
    below.reduce((all, name) => all + count(`${folder}/${name}`, file, key, false), 0),
  );
}
