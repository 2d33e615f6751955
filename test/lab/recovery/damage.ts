/** What may happen to the files of a lab that runs, and what must be the same afterwards. */
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { netnsOf, places, processesOf, type Scene, toolInNode } from '../../support/index.ts';

/** Each by its name: done to the lab's state folder. */
export const DAMAGES: Readonly<Record<string, (folder: string, lab: string) => void>> = {
  'the state folder is removed': (folder) => rmSync(folder, { recursive: true }),
  'the names of its namespaces are removed': (_, lab) => {
    const { netns } = places();
    for (const node of netnsOf(lab)) rmSync(join(netns, `${lab}.${node}`));
  },
  'the state folder and all names are removed': (folder, lab) => {
    DAMAGES['the state folder is removed']?.(folder, lab);
    DAMAGES['the names of its namespaces are removed']?.(folder, lab);
  },
  'all in the state folder is removed, but not the folder': (folder) => {
    for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  },
  'lab.json is cut short': (folder) => truncateSync(join(folder, 'lab.json'), 40),
  'lab.json is empty': (folder) => truncateSync(join(folder, 'lab.json'), 0),
  'lab.json is no JSON': (folder) => writeFileSync(join(folder, 'lab.json'), '\0\xff{]'),
  'lab.json is of wrong types': (folder) => {
    const path = join(folder, 'lab.json');
    const record = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...record, nodes: [null], processes: 7, unmarked: {}, setups: 'no' }));
  },
  'lab.json is a folder': (folder) => {
    rmSync(join(folder, 'lab.json'));
    mkdirSync(join(folder, 'lab.json'));
  },
  'the link to the keeper is removed': (folder) => rmSync(join(folder, 'ctl')),
  'the link to the keeper is something else': (folder) => {
    rmSync(join(folder, 'ctl'));
    writeFileSync(join(folder, 'ctl'), 'nobody listens here');
  },
  'the lock is removed': (folder) => rmSync(join(folder, 'lock')),
  'the logs are removed': (folder) => rmSync(join(folder, 'logs'), { recursive: true }),
  'host.json is no JSON': (folder) => writeFileSync(join(folder, 'host.json'), 'none'),
};

/** What a lab is, as /proc and iproute2 show it: its processes by pid, its namespaces, its connections that stand. */
export function identity(scene: Scene, pids: readonly number[]): object {
  return {
    processes: processesOf(scene.name),
    namespaces: pids.map((pid) => statSync(`/proc/${pid}/ns/net`).ino),
    connections: toolInNode(scene.name, 'a', ['cat', '/proc/net/tcp'])
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      // sl local remote st … uid timeout inode: those that are established.
      .flatMap(([, local, remote, state, , , , , , inode]) => (state === '01' ? [[local, remote, inode]] : [])),
  };
}
