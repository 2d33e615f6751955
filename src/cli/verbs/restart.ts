import { processVerb } from '../process-verb.ts';

/** `netlab restart NODE[/PROCESS]…` */
export const verb = processVerb({
  name: 'restart',
  about: [
    'Stops processes and starts them again, as the last up described them, then waits until they are ready. One that',
    'does not run is started.',
  ].join(' '),
  fails: 'one did not start or become ready',
  nothing: 'runs already',
});
