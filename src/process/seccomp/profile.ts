/**
 * Which system calls a program may make under `seccomp: default`: equal in effect to the profile that containers have by default
 * (moby's default.json of May 2026). Like `docker run --security-opt seccomp=…`.
 */
import { type Abi, LAST, numbersOf } from './numbers.ts';

/** What becomes of a call. */
export type Verdict = 'allow' | 'eperm' | 'enosys' | Condition;

/** Allowed for some values of its first argument; EPERM else. The kernel takes each as 32 bits, and so do we. */
export type Condition =
  | { readonly oneOf: readonly number[] }
  /** Neither of these, which are all below the next. */
  | { readonly noneOf: readonly number[] }
  /** None of these bits. */
  | { readonly without: number };

/** Calls that need one of these capabilities; without any of them they answer EPERM. */
const PRIVILEGED: readonly (readonly [capability: string, names: string])[] = [
  [
    'CAP_SYS_ADMIN',
    `bpf clone clone3 fanotify_init fsconfig fsmount fsopen fspick lookup_dcookie lsm_get_self_attr lsm_list_modules
     lsm_set_self_attr mount mount_setattr move_mount open_tree perf_event_open quotactl quotactl_fd setdomainname sethostname
     setns syslog umount umount2 unshare`,
  ],
  ['CAP_DAC_READ_SEARCH', 'open_by_handle_at'],
  ['CAP_SYS_BOOT', 'reboot'],
  ['CAP_SYS_CHROOT', 'chroot'],
  ['CAP_SYS_MODULE', 'delete_module init_module finit_module'],
  ['CAP_SYS_PACCT', 'acct'],
  ['CAP_SYS_PTRACE', 'kcmp pidfd_getfd process_madvise'],
  ['CAP_SYS_RAWIO', 'iopl ioperm'],
  ['CAP_SYS_TIME', 'settimeofday stime clock_settime clock_settime64'],
  ['CAP_SYS_TTY_CONFIG', 'vhangup'],
  ['CAP_SYS_NICE', 'get_mempolicy mbind set_mempolicy set_mempolicy_home_node'],
  ['CAP_SYSLOG', 'syslog'],
  ['CAP_BPF', 'bpf'],
  ['CAP_PERFMON', 'perf_event_open'],
];

const AF_ALG = 38;
const AF_VSOCK = 40;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID and NEWNET. */
const CLONE_NAMESPACES = 0x7e020000;
/** PER_LINUX, PER_LINUX32, both with UNAME26, and the question which it is. */
const PERSONALITIES = [0, 0x8, 0x20000, 0x20008, 0xffffffff];

/** Whatever the capabilities. */
const CONDITIONS: Readonly<Record<string, Condition>> = {
  socket: { noneOf: [AF_ALG, AF_VSOCK] },
  personality: { oneOf: PERSONALITIES },
};

/** Without CAP_SYS_ADMIN. The flags of clone3 lie in memory, where no filter looks: the C library takes ENOSYS as a hint to use clone. */
const ORDINARY: Readonly<Record<string, Verdict>> = {
  clone: { without: CLONE_NAMESPACES },
  clone3: 'enosys',
};

/** What becomes of each call by its name, for a program with just these capabilities; of those that have conditions or need rights. */
export function special(has: (capability: string) => boolean): ReadonlyMap<string, Verdict> {
  const found = new Map<string, Verdict>(Object.entries(CONDITIONS));
  for (const [capability, names] of PRIVILEGED) {
    for (const name of names.split(/\s+/)) {
      if (has(capability)) found.set(name, 'allow');
      else if (!found.has(name)) found.set(name, ORDINARY[name] ?? 'eperm');
    }
  }
  return found;
}

/** The same for each call of an ABI, by its number. What is not named is EPERM; what came later, ENOSYS. */
export function verdicts(abi: Abi, has: (capability: string) => boolean): ReadonlyMap<number, Verdict> {
  const named = special(has);
  return new Map([...numbersOf(abi)].map(([name, number]) => [number, named.get(name) ?? 'allow']));
}

/** x32 has numbers of its own from 512 on, and these are older than the last. */
const X32_LAST = 547;

/** What becomes of a call that is not named. */
export function unnamed(abi: Abi, number: number): Verdict {
  return number > (abi === 'x32' ? X32_LAST : LAST) ? 'enosys' : 'eperm';
}
