import { freezeVerb } from '../freeze-verb.ts';

/** `netlab freeze NODE…` */
export const verb = freezeVerb(
  'freeze',
  [
    'Lets all processes of a node stand still, as they are, by the freezer of control groups: they keep their memory, their',
    'connections and their pids, and notice nothing but the time. `thaw`, `start`, `stop`, `restart`, the next `up` and `down` let them go on;',
    'commands by `exec` are refused meanwhile.',
  ].join(' '),
  'is frozen already',
);
