import type { Finding } from '../model/report.ts';

/** A finding that is as it should be. */
export const ok = (check: string, found: string): Finding => ({ check, state: 'ok', found });

/** A finding that is not, and what to do about it. `missing`: no lab can run without it. */
export const lacking = (state: 'missing' | 'absent', check: string, found: string, advice: string): Finding => ({
  check,
  state,
  found,
  advice,
});
