/** What is done for bounds, as a person would type it. */
import { dirname } from 'node:path';

import type { Limits } from '../../model/limits.ts';
import { settingsOf } from './group.ts';
import type { Controller, Hierarchy } from './hierarchies.ts';
import { treesFor } from './node-groups.ts';
import { labGroup, nodeGroup, partGroup } from './places.ts';

/** The commands that make the groups of a node, or of one of its processes, and write its bounds there. `found`: those that stand there. */
export function limitCommands(
  lab: string,
  node: string,
  process: string | undefined,
  wanted: Limits,
  found: Limits,
): string[] {
  return treesFor([wanted, found]).flatMap(([hierarchy, controllers]) => {
    const own = nodeGroup(hierarchy, lab, node);
    const folder = process === undefined ? own : partGroup(hierarchy, lab, node, process);
    const above = process === undefined ? [labGroup(hierarchy, lab), own] : [labGroup(hierarchy, lab), own, folder];
    return [
      ...(Object.keys(found).length === 0 ? made(hierarchy, controllers, above) : []),
      ...settingsOf(hierarchy, folder, wanted, found).map(
        ({ file, text }) => `echo ${text === '\n' ? '' : `'${text}' `}> ${folder}/${file}`,
      ),
    ];
  });
}

function made(hierarchy: Hierarchy, controllers: ReadonlySet<Controller>, folders: readonly string[]): string[] {
  const { version, root } = hierarchy;
  const copied = version === 1 && controllers.has('cpuset') ? ['cpuset.cpus', 'cpuset.mems'] : [];
  const words = [...controllers].map((each) => `+${each}`).join(' ');
  const enabled = version === 2 ? [root, ...folders.slice(0, -1)] : [];
  return folders.flatMap((folder, i) => [
    ...(enabled[i] === undefined ? [] : [`echo '${words}' > ${enabled[i]}/cgroup.subtree_control`]),
    `mkdir -p ${folder}`,
    ...copied.map((file) => `cat ${dirname(folder)}/${file} > ${folder}/${file}`),
  ]);
}
