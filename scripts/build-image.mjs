// Makes the image of topologies/oci-container.yaml where that can be done, so that `netlab test topologies/` has all that it needs:
// scripts/make-image.sh, which wants Debian's busybox-static and umoci. Without them that one topology says what it lacks.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const path = (relative) => fileURLToPath(new URL(`../${relative}`, import.meta.url));
const image = path('topologies/busybox-image');
const has = (program, ...words) => spawnSync(program, words, { stdio: 'ignore' }).status === 0;

if (existsSync(`${image}/index.json`)) {
  // It stands.
} else if (has('busybox', '--list') && has('umoci', '--version')) {
  // One that was begun and not finished.
  rmSync(image, { recursive: true, force: true });
  const { status } = spawnSync('sh', [path('scripts/make-image.sh'), image], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) rmSync(image, { recursive: true, force: true });
} else
  console.log('netlab: no image for topologies/oci-container.yaml: that takes the packages busybox-static and umoci');
