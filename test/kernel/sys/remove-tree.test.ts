import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { requireRoot } from '../../support/index.ts';

describe('removeTree', () => {
  before(function () {
    requireRoot(this);
  });

  it('does not go on into what is mounted below', () => {
    // In a mount namespace of its own, so that the mount is gone with the test whatever happens.
    const module = fileURLToPath(new URL('../../../src/sys/remove-tree.js', import.meta.url));
    const script = `
      set -e
      dir=$(mktemp -d); trap 'umount "$dir/tree/mnt"; rm -r "$dir"' EXIT
      mkdir -p "$dir/precious" "$dir/tree/mnt"; touch "$dir/precious/file" "$dir/tree/own"
      mount --bind "$dir/precious" "$dir/tree/mnt"
      "$NODE" --input-type=module -e 'const { removeTree } = await import(process.argv[1]); try { removeTree(process.argv[2]); } catch (error) { console.log(error.errno); }' "$MODULE" "$dir/tree"
      ls "$dir/precious" "$dir/tree"
    `;
    const { status, stdout, stderr } = spawnSync('unshare', ['-m', '--propagation', 'private', 'sh', '-c', script], {
      encoding: 'utf8',
      env: { ...process.env, NODE: process.execPath, MODULE: module },
    });
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^EBUSY\n/);
    assert.match(stdout, /precious:\nfile\n/);
    assert.match(stdout, /tree:\nmnt\nown\n/);
  });
});
