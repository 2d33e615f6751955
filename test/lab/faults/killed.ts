/**
 * A program, `killed.js FILE`: `up` with the one fault of NETLAB_FAULT, which ends this process. Without one it prints the points that
 * a fault could strike. A process that has just begun makes calls that one which has brought up labs before does not make.
 */
import { install } from '../../support/faults/inject.ts';
import { type Fault, points } from '../../support/faults/point.ts';

install();
const { Lab } = await import('../../../src/index.ts');
const fault = JSON.parse(process.env['NETLAB_FAULT'] ?? 'null') as Fault | null;
points.begin(fault ?? undefined);
try {
  await Lab.up(process.argv[2] ?? '', { detach: true });
} finally {
  const { seen } = points.end();
  // Written whole before the process ends: what does not fit into a pipe waits for its reader.
  if (fault === null) await new Promise<void>((resolve) => process.stdout.write(JSON.stringify(seen), () => resolve()));
}
process.exit(0);
