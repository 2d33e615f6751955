/** containerlab's files: *.clab.yml, with `topology: { nodes, links }`. */
import { join } from 'node:path';
import type { Format } from '../format.ts';
import { readLab } from './lab.ts';

const NAME = /\.clab\.ya?ml$/;

export const containerlab: Format = {
  name: 'containerlab',
  title: 'containerlab',
  find(path, names, text) {
    if (names !== undefined) {
      const files = names.filter((name) => NAME.test(name));
      return files.length === 1 ? join(path, files[0]!) : undefined;
    }
    // A topology of netlab has no key of that name.
    return NAME.test(path) || (/\.ya?ml$/.test(path) && /^topology:/m.test(text())) ? path : undefined;
  },
  read: readLab,
};
