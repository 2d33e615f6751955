/** Files of a lab that nothing of the topology comes from. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { listFolder } from '../../sys/list-folder.ts';
import type { Draft } from '../draft.ts';
import type { LabConf } from './lab-conf.ts';

/** Says each, and why. */
export function sayUnread(draft: Draft, folder: string, { machines }: LabConf): void {
  const whole = (name: string) => ({ file: join(folder, name), line: 0, column: 0 });
  const devices = new Set(machines.map(({ name }) => name));
  for (const name of listFolder(folder).toSorted()) {
    const [, device] = /^(.+)\.(?:startup|shutdown)$/.exec(name) ?? [];
    if (device !== undefined && device !== 'shared' && !devices.has(device))
      draft.leave(whole(name), `lab.conf has no device ${device}`);
    else if (device !== undefined && name.endsWith('.shutdown'))
      draft.leave(whole(name), 'a topology has no commands for the end: what stands in a node goes with it');
  }
  if (existsSync(join(folder, 'lab.dep')))
    draft.leave(whole('lab.dep'), 'all nodes start together; `after` of a process waits for another one');
  if (existsSync(join(folder, 'lab.ext')))
    draft.leave(
      whole('lab.ext'),
      'an interface of this machine is not given to a lab; a link to host, or a node with `join`, may do',
    );
}
