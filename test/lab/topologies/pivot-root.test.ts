import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';

import { assertExecChecks, describeTopology, mountsOf, processNamed } from '../../support/index.ts';

describeTopology('pivot-root', ['busybox', 'pid namespaces'], { 'by-hand': {} }, (scene) => {
  it('holds what its checks say', async () => assertExecChecks(scene()));

  it('has a process whose root is all that there is, seen from the machine', () => {
    const pid = processNamed(scene().name, 'sleep 6001')!.split('@')[0]!;
    assert.deepEqual([...mountsOf(pid).keys()].toSorted(), ['/', '/proc']);
    assert.ok(readdirSync(`/proc/${pid}/root`).includes('name'));
  });
});
