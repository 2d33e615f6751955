import { spawnSync } from 'node:child_process';

/** Runs a tool and gives back what it printed. Throws, with what it said on stderr, when it fails. */
export function run(command: string, args: readonly string[]): string {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 64 << 20 });
  if (result.error !== undefined) throw result.error;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${result.stderr.trim()}`);
  return result.stdout;
}

/** The environment for a run of mocha that is not part of these tests: without what their runner was told. */
export function environmentOfOtherTests(): NodeJS.ProcessEnv {
  const { NETLAB_TEST_COUNTS: _, NETLAB_TEST_BRIEF: __, MOCHA_OPTIONS: ___, ...rest } = process.env;
  return rest;
}
