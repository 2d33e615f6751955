/** Numbers and times that a person types as the value of an option. */
import { UsageError } from '../errors.ts';
import { timeSpan } from '../topology/values.ts';

/** A whole number of a range; undefined when the option was not given. Throws UsageError. */
export function wholeNumber(option: string, text: string | undefined, least: number, most: number): number | undefined {
  if (text === undefined) return undefined;
  const number = /^[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`option ${option} needs a whole number from ${least} to ${most}, found ${JSON.stringify(text)}`);
}

/** A time in milliseconds: `200ms`, `1.5s`, and a number alone in seconds. Throws UsageError. */
export function span(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^[0-9]*\.?[0-9]+$/.test(text) ? 1000 * Number(text) : timeSpan(text);
  if (ms !== undefined && ms > 0 && ms <= 86_400_000) return ms;
  throw new UsageError(`option ${option} needs a time such as 0.2, 200ms or 5s, found ${JSON.stringify(text)}`);
}

/** Which family `-4` and `-6` ask for. Throws UsageError for both. */
export function familyOf(options: { readonly ipv4: boolean; readonly ipv6: boolean }): 4 | 6 | undefined {
  if (options.ipv4 && options.ipv6) throw new UsageError('-4 and -6 exclude each other');
  return options.ipv4 ? 4 : options.ipv6 ? 6 : undefined;
}

/** The two options. */
export const FAMILY_OPTIONS = {
  ipv4: { type: 'boolean', short: '4', about: 'only IPv4' },
  ipv6: { type: 'boolean', short: '6', about: 'only IPv6' },
} as const;
