/** What things may be called: rules of the kernel, of hostnames, and of netlab. */
import type { Path } from '../../model/place.ts';
import type { Problems } from '../problems.ts';
import { quoted } from '../words.ts';

const encoder = new TextEncoder();

/** Names that mean something else already. */
const RESERVED: Readonly<Record<string, string>> = {
  all: 'which checks use for every node',
  localhost: 'which is every node to itself',
};
const RESERVED_BRIDGES: Readonly<Record<string, string>> = {
  ...RESERVED,
  host: "which is the name of this machine's own namespace",
  lo: 'which is the name of the loopback',
  default: "which the kernel's settings use for interfaces to come",
};

/** A node's name is a hostname, and part of a file name under /run/netns. */
export function checkNodeName(name: string, at: Path, problems: Problems): void {
  if (Object.hasOwn(RESERVED, name)) {
    problems.keyError(at, `found ${quoted(name)}, ${RESERVED[name] ?? ''}, expected another name`);
    return;
  }
  if (/^[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?$/.test(name)) return;
  const why = name.length > 63 ? `found a name of ${name.length} characters` : `found ${quoted(name)}`;
  problems.keyError(
    at,
    `${why}, expected 1 to 63 letters, digits, - and _, beginning and ending with a letter or digit`,
  );
}

/** A bridge's name is a node's and an interface's at once. Says whether it can be. */
export function checkBridgeName(name: string, at: Path, problems: Problems): boolean {
  const taken = Object.hasOwn(RESERVED_BRIDGES, name) ? RESERVED_BRIDGES[name] : undefined;
  if (taken !== undefined) {
    problems.keyError(at, `found ${quoted(name)}, ${taken}, expected another name`);
    return false;
  }
  if (/^[A-Za-z0-9]([A-Za-z0-9_-]{0,13}[A-Za-z0-9])?$/.test(name)) return true;
  const why = name.length > 15 ? `found a name of ${name.length} characters` : `found ${quoted(name)}`;
  problems.keyError(
    at,
    `${why}, expected 1 to 15 letters, digits, - and _, beginning and ending with a letter or digit`,
  );
  return false;
}

/** An interface that the kernel would take, as a key of `interfaces`. */
export function checkInterfaceName(name: string, at: Path, problems: Problems): boolean {
  const why = wrongInterfaceName(name);
  if (why !== undefined) problems.keyError(at, why);
  return why === undefined;
}

/** An interface that the kernel would take, as part of a value (`r1:eth0`). */
export function isInterfaceName(name: string, at: Path, problems: Problems): boolean {
  const why = wrongInterfaceName(name);
  if (why !== undefined) problems.error(at, why);
  return why === undefined;
}

/** dev_valid_name() in net/core/dev.c, and no control characters, for the sake of terminals. */
function wrongInterfaceName(name: string): string | undefined {
  const length = encoder.encode(name).length;
  if (length > 15) return `the name ${quoted(name)} has ${length} bytes, expected at most 15`;
  if (name === '' || name === '.' || name === '..' || /[\s/:\p{Cc}]/u.test(name)) {
    return `found ${quoted(name)}, expected the name of an interface: no blanks, no "/", no ":", not "." or ".."`;
  }
  if (name === 'all' || name === 'default')
    return `found ${quoted(name)}, which the kernel's settings use for all interfaces, expected another name`;
  return undefined;
}

/** A process's name is part of the name of its log. */
export function checkProcessName(name: string, at: Path, problems: Problems): void {
  if (/^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/.test(name)) return;
  problems.keyError(
    at,
    `found ${quoted(name)}, expected 1 to 63 letters, digits, ".", - and _, beginning and ending with a letter or digit`,
  );
}

/** A hostname, as sethostname(2) and other programs take it. */
export function checkHostname(name: string, at: Path, problems: Problems): void {
  if (
    name.length <= 64 &&
    /^[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?)*$/.test(name)
  )
    return;
  problems.error(at, `found ${quoted(name)}, expected a hostname: at most 64 letters, digits, - and dots`);
}
