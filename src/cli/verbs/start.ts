import { processVerb } from '../process-verb.ts';

/** `netlab start NODE[/PROCESS]…` */
export const verb = processVerb({
  name: 'start',
  about: [
    'Starts processes that do not run, as the last up described them, and waits until they are ready. Those chosen',
    'start in the order that `after` gives them; others are not started for their sake.',
  ].join(' '),
  fails: 'one did not start or become ready',
  nothing: 'runs already',
});
