/** Kathará's labs (and Netkit's before it): lab.conf, *.startup, a folder for each device. */
import { basename, dirname, join } from 'node:path';

import type { Format } from '../format.ts';
import { readLab } from './lab.ts';

export const kathara: Format = {
  name: 'kathara',
  title: 'Kathará',
  find(path, names) {
    if (names === undefined) return basename(path) === 'lab.conf' ? path : undefined;
    return names.includes('lab.conf') ? join(path, 'lab.conf') : undefined;
  },
  read: (file, options) => readLab(file, dirname(file), options),
};
