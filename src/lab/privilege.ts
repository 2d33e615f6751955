import { LabError } from '../errors.ts';

/** Throws LabError unless this process may make namespaces on the host: only root may. */
export function requireRoot(what: string): void {
  if (process.geteuid?.() === 0) return;
  throw new LabError(`${what} needs root, and this is uid ${process.geteuid?.() ?? '?'}: run it with sudo`);
}
