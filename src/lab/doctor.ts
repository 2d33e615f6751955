/** What this machine offers to labs, each thing tried where it can be tried without leaving a trace. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { release } from 'node:os';
import { fileURLToPath } from 'node:url';

import { NetlabError } from '../errors.ts';
import type { LabModel } from '../model/lab.ts';
import type { DoctorReport, Finding } from '../model/report.ts';
import type { LinkType } from '../model/resource.ts';
import { enterArguments, requireUserNamespaces } from '../process/enter.ts';
import { helperPath } from '../process/helper.ts';
import { findProgram } from '../sys/find-program.ts';
import { cgroups, seccomp, userNamespaces } from './confines.ts';
import { lacking, ok } from './finding.ts';
import { idRanges } from './id-ranges-finding.ts';
import { leftovers } from './leftovers.ts';
import { limits } from './limits.ts';
import { offers } from './offers.ts';
import { wayOut } from './way-out-finding.ts';

/** Examines the machine, for the lab of `model` if one is given; with `fix`, what is left of dead labs is removed. */
export async function doctor(model: LabModel | undefined, { fix = false } = {}): Promise<DoctorReport> {
  const root = hasCapabilities();
  const needed = new Set(model?.resources.flatMap((each) => (each.kind === 'link' ? [each.type] : [])));
  const user = root ? undefined : userRights();
  const findings = [
    linux(),
    user ?? ok('rights', 'root: labs can be made on this machine'),
    nativeProgram(),
    ...(root ? [userNamespaces()] : []),
    ...(root ? offers(needed) : user?.state === 'ok' ? offersToUser(needed) : []),
    ...seccomp(),
    ipv6(),
    cgroups(),
    ...tools(),
    wayOut(root, model),
    ...(root || user?.state === 'ok' ? [idRanges(root, model)] : []),
    ...limits(model),
  ];
  return {
    able: findings.every(({ state }) => state !== 'missing'),
    findings,
    leftovers: await leftovers({ fix }),
  };
}

function linux(): Finding {
  const version = release();
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // Netlink's strict checks and links made in place are older; 5.4 is the oldest that is still maintained anywhere.
  if (major > 5 || (major === 5 && minor >= 4)) return ok('Linux', version);
  return lacking('missing', 'Linux', version, 'use Linux 5.4 or newer');
}

/** CAP_SYS_ADMIN and CAP_NET_ADMIN in the effective set: what root has, but not root of every container. */
function hasCapabilities(): boolean {
  const status = readFileSync('/proc/self/status', 'utf8');
  const set = BigInt(`0x${/^CapEff:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0'}`);
  return [12n, 21n].every((bit) => ((set >> bit) & 1n) === 1n);
}

/** Whoever has not all of root's rights: an ordinary user, or root of a container that was given few. */
function userRights(): Finding {
  if (process.geteuid?.() === 0) {
    const advice = 'in a container: give it --privileged, or --cap-add SYS_ADMIN,NET_ADMIN';
    return lacking('missing', 'rights', 'root without CAP_SYS_ADMIN or CAP_NET_ADMIN', advice);
  }
  try {
    requireUserNamespaces();
    return ok('rights', `uid ${process.geteuid?.() ?? '?'}: labs can be made in user namespaces`);
  } catch (error) {
    if (!(error instanceof NetlabError)) throw error;
    return lacking('missing', 'rights', error.message, 'run netlab with sudo');
  }
}

function nativeProgram(): Finding {
  const advice = 'build it: npm rebuild netlab (needs a C compiler)';
  try {
    const path = helperPath();
    const { status, error } = spawnSync(path, ['noop']);
    if (status === 0) return ok('native program', path);
    return lacking(
      'missing',
      'native program',
      `${path} does not run here${error === undefined ? '' : `: ${error.message}`}`,
      advice,
    );
  } catch (error) {
    return lacking('missing', 'native program', error instanceof Error ? error.message : String(error), advice);
  }
}

/** What they are to an ordinary user: asked inside a user namespace, which a running program cannot enter. */
function offersToUser(needed: ReadonlySet<LinkType>): Finding[] {
  const program = fileURLToPath(new URL('offers-inside.js', import.meta.url));
  const [path = '', ...args] = enterArguments({}, [process.execPath, program, ...needed]);
  const { status, stdout, stderr, error } = spawnSync(path, args, { encoding: 'utf8' });
  if (status === 0) return JSON.parse(stdout) as Finding[];
  const said = error?.message ?? stderr.trim();
  return [lacking('missing', 'namespaces', `could not look into one: ${said}`, 'run netlab with sudo')];
}

function ipv6(): Finding {
  if (existsSync('/proc/sys/net/ipv6')) return ok('IPv6', 'there');
  return lacking('absent', 'IPv6', 'this kernel has none, or it is switched off', 'boot without ipv6.disable=1');
}

/** Programs that netlab itself does not need. */
const TOOLS = [
  ['ip', 'iproute2', 'to look into nodes by hand, and for plan --explain'],
  ['nft', 'nftables', 'to read rulesets, and for nftables text in a topology'],
  ['ping', 'iputils-ping', 'to try connections by hand'],
  ['tcpdump', 'tcpdump', 'to watch packets by hand'],
] as const;

function tools(): Finding[] {
  return TOOLS.map(([program, pack, use]) => {
    const path = findProgram(program);
    return path === undefined
      ? lacking('absent', program, 'not installed', `install ${pack}: ${use}`)
      : ok(program, path);
  });
}
