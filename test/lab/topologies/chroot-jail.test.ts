import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { assertExecChecks, describeTopology } from '../../support/index.ts';

// jail ── bound; the network is for company only
describeTopology('chroot-jail', ['busybox', 'python3', 'pid namespaces'], { jail: { eth0: [] }, bound: { eth0: [] } }, (scene) => {
  it('holds what its checks say', async () => assertExecChecks(scene()));

  it('leaves nothing on the machine', () => {
    for (const path of ['/mnt/jail', '/mnt/secret', '/mnt/escape.py']) assert.ok(!existsSync(path), path);
  });

  it('is left by nobody who may not chroot, and the kernel says why', async () => {
    const { stderr } = await scene().exec('bound', ['python3', '/mnt/escape.py']);
    assert.match(stderr, /Operation not permitted/);
  });
});
