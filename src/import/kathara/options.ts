/** The options of a device (`pc1[mem]="64m"`) → keys of its node. */
import { isTrue, settingValue } from '../values.ts';
import type { Draft, NodeDraft } from '../draft.ts';
import { pathFrom } from '../text.ts';
import { imageNeeds } from './images.ts';
import type { Machine, MachineOption } from './lab-conf.ts';

/** What of the options is not a key of the node. */
export interface Extras {
  /** Whether it has IPv6. */
  ipv6: boolean;
  /** Commands that are run behind those of the startup. */
  readonly exec: readonly MachineOption[];
  readonly env: Readonly<Record<string, string>>;
}

/** Options that are about terminals, of which netlab has those that `netlab shell` opens. */
const TERMINALS = new Set(['num_terms', 'shell', 'terminal', 'xterm', 'console']);

/** Fills the node; says what it cannot have. `home`: the folder of the topology; `folder`: that of the lab. */
export function addOptions(draft: Draft, node: NodeDraft, machine: Machine, home: string, folder: string): Extras {
  const exec: MachineOption[] = [];
  const env: Record<string, string> = {};
  let ipv6 = false;
  for (const option of machine.options) {
    const { name, value, origin } = option;
    const no = (reason: string): void => draft.leave(origin, reason);
    if (name === 'ipv6') ipv6 = isTrue(value);
    else if (name === 'exec') exec.push(option);
    else if (name === 'image') {
      const needs = imageNeeds(value);
      // Once for each image, however many devices have it.
      if (needs !== undefined && !draft.left.some(({ message }) => message === needs)) no(needs);
    } else if (name === 'sysctl') addSysctl(node, value, no);
    else if (name === 'env') {
      const [, key, text] = /^(\w+)=(.*)$/s.exec(value) ?? [];
      if (key === undefined) no(`found ${value}, expected NAME=VALUE`);
      else env[key] = text!.trim();
    } else if (name === 'mem') addMemory(node, value, no);
    else if (name === 'cpus') addCpus(node, value, no);
    else if (name === 'ulimit') addUlimit(node, value, no);
    else if (name === 'volume') addVolume(node, value, no, (path) => pathFrom(home, `${folder}/${path}`));
    else if (name === 'bridged') {
      if (isTrue(value)) {
        node.internet = true;
        no('the way out through this machine is called internet here, and has other addresses than Docker gives');
      }
    } else if (name === 'port') {
      no(`port ${value} of this machine does not lead into the node: \`netlab exec\` reaches it, or a link to host`);
    } else if (TERMINALS.has(name)) no('no terminal is opened by itself: `netlab shell` opens one');
    // A node has all capabilities already.
    else if (name !== 'privileged') no(`${name} has no equal in a topology`);
  }
  return { ipv6, exec, env };
}

type No = (reason: string) => void;

function addSysctl(node: NodeDraft, value: string, no: No): void {
  const [, key, text] = /^(net\.(?:[\w-]+\.)+[\w-]+)=([^=]*)$/.exec(value.trim()) ?? [];
  if (key === undefined) {
    no(`found ${value}, expected a setting below net., as net.ipv4.ip_forward=1`);
    return;
  }
  node.sysctls = { ...node.sysctls, [key]: settingValue(text!.trim()) };
}

function addMemory(node: NodeDraft, value: string, no: No): void {
  const [, amount, unit] = /^(\d+)([bkmg]?)$/i.exec(value.trim()) ?? [];
  if (amount === undefined) no(`found ${value}, expected an amount of memory, as 64m`);
  else
    node.limits = { ...node.limits, memory: `${amount}${(unit === '' ? 'm' : unit!).toUpperCase().replace('B', '')}` };
}

function addCpus(node: NodeDraft, value: string, no: No): void {
  const cpu = Number(value);
  if (Number.isFinite(cpu) && cpu > 0) node.limits = { ...node.limits, cpu };
  else no(`found ${value}, expected a number of CPUs, as 0.5`);
}

function addUlimit(node: NodeDraft, value: string, no: No): void {
  const [, key, soft, hard = soft] = /^(\w+)=(-?\d+)(?::(-?\d+))?$/.exec(value.trim()) ?? [];
  if (key === undefined) {
    no(`found ${value}, expected a limit as nofile=1024:2048`);
    return;
  }
  const bound = (text: string): number | 'unlimited' => (Number(text) < 0 ? 'unlimited' : Number(text));
  const [low, high] = [bound(soft!), bound(hard!)];
  node.ulimits = { ...node.ulimits, [key]: low === high ? low : { soft: low, hard: high } };
}

/** `HOST|GUEST|ro` */
function addVolume(node: NodeDraft, value: string, no: No, from: (path: string) => string): void {
  const [source, target, mode = 'ro'] = value.split('|').filter((word) => word !== '');
  if (source === undefined || target === undefined || !/^r[ow]$/.test(mode)) {
    no(`found ${value}, expected HOST|GUEST or HOST|GUEST|rw`);
    return;
  }
  const bind = { type: 'bind' as const, source: source.startsWith('/') ? source : from(source), target };
  node.mounts = [...(node.mounts ?? []), mode === 'ro' ? { ...bind, read_only: true } : bind];
}
