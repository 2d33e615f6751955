/** A descriptor that goes to another process beside a message. */
import { addressOf, c, WORD } from './libc.ts';

const SOL_SOCKET = 1;
const SCM_RIGHTS = 1;
/** struct cmsghdr: a word of length, two ints of level and type. */
const HEADER = WORD + 8;

/** What only an address leads to would be collected. */
const held = new Set<object>();

/**
 * send(2) of bytes with a descriptor beside them (SCM_RIGHTS): who receives them gets a descriptor of its own of the same file. Returns
 * what sendmsg(2) does.
 */
export function sendWithDescriptor(fd: number, bytes: Uint8Array, passed: number, flags: number): number {
  const data = words(Math.ceil(bytes.length / WORD));
  new Uint8Array(data.buffer).set(bytes);
  const control = words(HEADER / WORD + 1, HEADER + 4);
  new Int32Array(control.buffer, WORD, 3).set([SOL_SOCKET, SCM_RIGHTS, passed]);
  const vector = words(2, addressOf(view(data)), bytes.length);
  // struct msghdr: name and its length, vector and its length, control and its length, flags.
  const message = words(7, 0, 0, addressOf(view(vector)), 1, addressOf(view(control)), view(control).length);
  for (const each of [data, control, vector]) held.add(each);
  const sent = c.sendmsg(fd, view(message), flags);
  held.clear();
  return sent;
}

/** So many words of memory that stays where it is, beginning with these. */
function words(count: number, ...first: readonly (number | bigint)[]): BigUint64Array | Uint32Array {
  const buffer = new ArrayBuffer(count * WORD);
  const array = WORD === 8 ? new BigUint64Array(buffer) : new Uint32Array(buffer);
  first.forEach((word, at) => {
    if (array instanceof BigUint64Array) array[at] = BigInt(word);
    else array[at] = Number(word);
  });
  return array;
}

function view(array: BigUint64Array | Uint32Array): Uint8Array {
  return new Uint8Array(array.buffer);
}
