/** What this process may do, and to whose labs. */
import { KeeperError, LabError } from '../errors.ts';
import { INSIDE, makeStateRoot, ROOTLESS } from '../state/places.ts';

/**
 * Throws LabError unless this process can enter the namespaces of this user's labs. Root can. Anybody else can as root of a user
 * namespace, which the command line enters before it comes here (src/cli/enter.ts); a running program can't.
 */
export function requireNamespaces(what: string): void {
  if (!ROOTLESS || INSIDE) return;
  throw new LabError(
    `${what} needs root, or the command line: a Node process that runs already cannot enter a user namespace`,
  );
}

/** Throws LabError unless the folder in which this user's labs have their state is his own. */
export function requireState(): void {
  makeStateRoot();
}

/** The mounts that show what the host hides from a container are refused in a user namespace, whoever asks. */
const MASKED = new Set(['/proc', '/sys']);

/** What furnishes a root in the place of what is missing there. */
const FURNISHING = new Set(['touch', 'mkdir', 'symlink', 'mknod']);

/** A refusal of PID 1 to make something in a root that is somebody else's, in words; any other error as it is. */
export function explainOwner(error: KeeperError): Error {
  const { operation, errno, message } = error;
  if (!ROOTLESS || errno !== 'EACCES' || !FURNISHING.has(operation)) return error;
  const why =
    "what is in this root belongs to another user, whom an ordinary user's lab does not know: make it yours (cp -r), take tar or oci, or run netlab as root";
  return new LabError(`${message}; ${why}`, { cause: error });
}

/** The error of a keeper or a PID 1 that could not start, in words where the reason is known. */
export function explainStart(error: unknown): unknown {
  if (!ROOTLESS || !(error instanceof KeeperError)) return error;
  const { operation, subject, errno } = error;
  if (operation !== 'mount' || errno !== 'EPERM' || !MASKED.has(subject)) return error;
  return new LabError(
    [
      `the kernel does not let this user mount ${subject} in a lab: parts of it are hidden here, as in a container`,
      `(findmnt -R ${subject} shows them). Run netlab as root, or the container with an unmasked ${subject}`,
      '(docker: --security-opt systempaths=unconfined; podman: --security-opt unmask=ALL).',
    ].join('\n'),
    { cause: error },
  );
}
