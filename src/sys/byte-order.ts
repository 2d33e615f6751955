/** The machine's byte order, in which the kernel's structs are. */
import { endianness } from 'node:os';

/** Little-endian, as `DataView` wants to be told. */
export const LE = endianness() === 'LE';
