import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { tempFolder } from './files.ts';
import { probe } from './probe.ts';
import { run } from './run.ts';
import { nobody, user } from './user.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/make-rootfs.sh', import.meta.url));

const IMAGE_SCRIPT = fileURLToPath(new URL('../../../scripts/make-image.sh', import.meta.url));

let count = 0;
let image: string | undefined;

/** A small image of the same, with two layers, in a folder that everybody may read. Skips where it cannot be made. */
export function busyboxImage(context: Mocha.Context): string {
  probe(context, 'busybox', 'umoci');
  if (image === undefined) {
    const path = join(tempFolder(), 'busybox-image');
    run('sh', [IMAGE_SCRIPT, path]);
    image = path;
  }
  return image;
}

/** Gives a topology the image that it asks for by a variable. */
export function provideRoots(context: Mocha.Context, text: string): void {
  if (text.includes('${BUSYBOX_IMAGE')) process.env['BUSYBOX_IMAGE'] = busyboxImage(context);
}

/** A small root file system from Debian's busybox-static, in a folder of its own that others may enter. Skips where there is no busybox. */
export function busyboxRoot(context: Mocha.Context): string {
  probe(context, 'busybox');
  const root = join(tempFolder(), `rootfs-${++count}`);
  run('sh', [SCRIPT, root]);
  // In an ordinary user's lab what is not his own belongs to nobody, and cannot be changed.
  if (user() === 'nobody') run('chown', ['-R', `${nobody().uid}:${nobody().gid}`, root]);
  return root;
}
