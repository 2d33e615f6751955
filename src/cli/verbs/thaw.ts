import { freezeVerb } from '../freeze-verb.ts';

/** `netlab thaw NODE…` */
export const verb = freezeVerb('thaw', 'Lets the processes of a frozen node go on.', 'is not frozen');
