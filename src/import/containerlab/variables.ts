/** `$VAR` and `${VAR:=default}` in a containerlab file, which it replaces in the text before it is read as YAML. */
import type { Environment } from '../../topology/variables.ts';

const VARIABLE = /\$\$|\$([A-Za-z_]\w*)|\$\{([A-Za-z_]\w*)(?:(:?[-=+])((?:[^{}]|\$\{[^{}]*\})*))?\}/g;

/**
 * The text with its variables replaced: `$X`, `${X}`, `${X-…}`, `${X:-…}`, `${X=…}`, `${X:=…}`, `${X+…}`, `${X:+…}`, and `$$` for a dollar
 * sign. What has neither a value nor a default stays as it is.
 */
export function replaceVariables(text: string, env: Environment): string {
  return text.replaceAll(
    VARIABLE,
    (whole: string, bare?: string, braced?: string, operator?: string, word = ''): string => {
      const name = bare ?? braced;
      if (name === undefined) return '$';
      const value = Object.hasOwn(env, name) ? env[name] : undefined;
      const filled = value !== undefined && !(operator?.startsWith(':') === true && value === '');
      if (operator === undefined) return value ?? whole;
      if (operator.endsWith('+')) return filled ? replaceVariables(word, env) : '';
      return filled ? value : replaceVariables(word, env);
    },
  );
}
