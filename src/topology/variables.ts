/** `${VAR}`, `${VAR:-default}` and `$$` in the scalars of a topology file. */

import { quoted } from './words.ts';

/** The environment that variables are taken from. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The text with its variables replaced, or the sentence that says which of them has no value. */
export type Substituted = { readonly text: string } | { readonly problem: string };

/**
 * Replaces `${VAR}` and `${VAR:-default}` (the default also for an empty variable, as the shell has it) and `$$` by `$`. A lone
 * `$` stays, so that shell commands can be written as they are; a shell's own `${…}` is written `$${…}`.
 */
export function substitute(text: string, env: Environment): Substituted {
  let problem: string | undefined;
  const out = text.replaceAll(/\$\$|\$\{([^}]*)\}|\$\{/g, (match, inner: string | undefined) => {
    if (match === '$$') return '$';
    const parts = inner === undefined ? null : /^([A-Za-z_][A-Za-z0-9_]*)(:-(.*))?$/s.exec(inner);
    if (parts === null) {
      problem ??= `found ${quoted(match)}, expected \${VAR} or \${VAR:-default} (write $$ for a dollar sign)`;
      return match;
    }
    const name = parts[1] ?? '';
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (parts[2] !== undefined) return value === undefined || value === '' ? (parts[3] ?? '') : value;
    if (value === undefined) {
      problem ??= `the variable ${name} is not set, and has no default (write \${${name}:-default} to give it one)`;
    }
    return value ?? '';
  });
  return problem === undefined ? { text: out } : { problem };
}
