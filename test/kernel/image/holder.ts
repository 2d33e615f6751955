/** Unpacks an archive into a store and says how far it is: STORE ARCHIVE LAB [slowly]; slowly: it goes on at the end of its input. */
import { tarOrigin } from '../../../src/image/origin.ts';
import { RootStore } from '../../../src/image/root-store.ts';
import { LIMITS } from './unpacking.ts';

const [, , folder = '', path = '', lab = '', slowly] = process.argv;
const origin = await tarOrigin(path);
const gate =
  slowly === undefined
    ? Promise.resolve()
    : new Promise<void>((resolve) => process.stdin.resume().once('end', () => resolve()));
const { leftOut } = await new RootStore(folder, () => true).hold(
  {
    ...origin,
    async unpack(tree, options) {
      process.stdout.write('reading\n');
      // All of it is there when it stops, and nobody may know.
      const some = await origin.unpack(tree, options);
      await gate;
      return some;
    },
  },
  lab,
  { limits: LIMITS, onWait: () => process.stdout.write('waiting\n') },
);
process.stdout.write(leftOut === undefined ? 'shared\n' : 'unpacked\n');
process.exit(0);
