import { execReplace } from '../process/exec.ts';
import { c } from '../sys/libc.ts';

const F_SETFD = 2;

/**
 * Turns this process into a command that has our three streams. Node marks every descriptor that it finds at its start as
 * close-on-exec (uv_disable_stdio_inheritance), standard ones too: the command would have none.
 */
export function become(argv: readonly string[]): never {
  for (const fd of [0, 1, 2]) c.fcntl(fd, F_SETFD, 0);
  return execReplace(argv);
}
