import assert from 'node:assert/strict';

import { load } from 'js-yaml';

import type { Scene } from './scene.ts';
import { until } from './until.ts';

interface ExecCheck {
  readonly name?: string;
  readonly exec?: { readonly on: string; readonly command: string; readonly exit?: number; readonly stdout?: string };
}

/** Asks a lab for what the `exec` checks of its file say, each until it holds: at least one, and all by what the contract says of them. */
export async function assertExecChecks(scene: Scene): Promise<void> {
  const { checks = [] } = load(scene.text) as { checks?: readonly ExecCheck[] };
  const asked = checks.flatMap(({ name, exec }) =>
    exec === undefined ? [] : [{ name: name ?? exec.command, ...exec }],
  );
  assert.ok(asked.length > 0, 'the file has exec checks');
  for (const { name, on, command, exit = 0, stdout = '' } of asked) {
    let last = '';
    const holds = async (): Promise<boolean> => {
      const { code, stdout: printed, stderr } = await scene.exec(on, ['/bin/sh', '-c', command]);
      last = `it ended with ${code}\n${printed}${stderr}`;
      return code === exit && printed.includes(stdout);
    };
    await until(holds).catch((error: unknown) => assert.fail(`${name}: ${String(error)}: ${last}`));
  }
}
