import { accessSync, constants } from 'node:fs';

/** Where programs are that an ordinary user's PATH may lack. */
const USUAL = ['/usr/local/bin', '/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** The path of an installed program, or undefined. Like `command -v`, and looks into the usual folders besides PATH. */
export function findProgram(name: string): string | undefined {
  return [...(process.env['PATH'] ?? '').split(':'), ...USUAL]
    .map((folder) => `${folder}/${name}`)
    .find((path) => path.startsWith('/') && isExecutable(path));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
