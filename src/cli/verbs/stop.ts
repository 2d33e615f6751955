import { processVerb } from '../process-verb.ts';

/** `netlab stop NODE[/PROCESS]…` */
export const verb = processVerb({
  name: 'stop',
  about: [
    'Stops processes: sends each its stop signal, and SIGKILL when its time is over, to all that it has started and',
    'that has stayed in its process group. What is stopped is not restarted by its policy; `start` and the next `up`',
    'start it again, and `plan` says so.',
  ].join(' '),
  fails: 'one could not be stopped',
  nothing: 'does not run',
});
