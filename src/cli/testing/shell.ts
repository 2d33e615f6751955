import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';

import type { LabResult } from '../../model/check.ts';
import { LOGIN_SHELL } from '../login-shell.ts';
import type { Output } from '../output.ts';

/** A shell in the first node that a failed check is about, until the person leaves it; nothing where there is no terminal. */
export async function shellIn({ lab, checks }: LabResult, output: Output): Promise<void> {
  const failed = checks.find(({ passed, diagnosis = [] }) => !passed && diagnosis.length > 0);
  const node = failed?.diagnosis?.[0]?.node;
  if (failed === undefined || node === undefined) return;
  output.error(`netlab: ${failed.name}: ${failed.saw}`);
  if (![0, 1, 2].every((fd) => isatty(fd))) {
    output.error('netlab: a shell needs a terminal: going on');
    return;
  }
  output.error(`netlab: a shell in ${node}; leave it to go on`);
  const { LabNode } = await import('../../lab/node.ts');
  const place = new LabNode(lab, node);
  const [program = '', ...argv] = await place.execArgv(LOGIN_SHELL, { terminal: true });
  await new Promise<void>((resolve) => {
    const child = spawn(program, argv, { stdio: 'inherit', env: { ...process.env, ...place.environment } });
    child.on('error', () => resolve());
    child.on('close', () => resolve());
  });
}
