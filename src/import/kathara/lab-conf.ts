/** lab.conf: `machine[0]="A"`, `machine[option]="value"`, `LAB_NAME="…"`, comments. Read as Kathará reads it, but all mistakes together. */
import { isIPv4 } from 'node:net';

import { type Problem, TopologyError } from '../../errors.ts';
import { quoted } from '../../topology/words.ts';
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';

/** An interface: `pc1[0]="A/00:00:00:00:00:01"` is eth0 in the collision domain A. */
export interface Attachment {
  readonly number: number;
  readonly domain: string;
  readonly mac?: string;
  /** `tap,192.168.1.1,192.168.1.2` of Netkit: a way out, with the addresses of its far end and of this interface. */
  readonly tap?: { readonly far: string; readonly own: string };
  readonly origin: Origin;
}

/** `pc1[image]="kathara/frr"` */
export interface MachineOption {
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
}

/** A device of the lab. */
export interface Machine {
  readonly name: string;
  /** By number. */
  readonly attachments: readonly Attachment[];
  /** In the order of the file. */
  readonly options: readonly MachineOption[];
  /** The first line that speaks of it. */
  readonly origin: Origin;
}

/** What a lab.conf says. */
export interface LabConf {
  /** `LAB_NAME` and its like, without LAB_ and in lower case. */
  readonly metadata: ReadonlyMap<string, string>;
  readonly machines: readonly Machine[];
  /** Lines that Netkit takes for comments, in a lab that only Netkit understands. */
  readonly comments: readonly Origin[];
}

interface MachineDraft extends Machine {
  readonly attachments: Attachment[];
  readonly options: MachineOption[];
}

const ASSIGNMENT = /^([A-Za-z0-9_.-]+)\[(\w+)\]=(["']?)([^"']*)\3\s*(?:\s#.*)?$/;
const METADATA = /^LAB_(\w+)=(["']?)(.*?)\2\s*$/;
/** Netkit's list of the devices that are to be started. */
const MACHINES = /^machines=(["']?)([^"']*)\1\s*$/;
/** What the collision domain that leads out is called there. */
export const TAP = 'tap';
/** Names that Kathará keeps for itself. */
const KEPT = ['shared', '_test'];

/** @throws TopologyError with every line that Kathará would not take either. */
export function readLabConf(text: string, file: string): LabConf {
  const metadata = new Map<string, string>();
  const machines = new Map<string, MachineDraft>();
  const problems: Problem[] = [];
  const comments: Origin[] = [];
  let only: string[] | undefined;
  const wrong = ({ line, column }: Origin, message: string): void =>
    void problems.push({ file, line, column, path: '', message, severity: 'error' });
  for (const [i, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n?|\n/)
    .entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const at: Origin = { file, line: i + 1, column: raw.indexOf(line) + 1 };
    const [, key = '', data] = METADATA.exec(line)?.filter((_, n) => n !== 2) ?? [];
    if (data !== undefined) {
      metadata.set(key.toLowerCase(), data.replaceAll(/["']/g, '').trim());
      continue;
    }
    const [, , list] = MACHINES.exec(line) ?? [];
    if (list !== undefined) {
      only = list.split(/\s+/).filter((name) => name !== '');
      for (const name of only)
        if (!machines.has(name)) machines.set(name, { name, attachments: [], options: [], origin: at });
      continue;
    }
    const [, name = '', argument = '', , value] = ASSIGNMENT.exec(line) ?? [];
    if (value === undefined) {
      comments.push({ ...at, subject: line });
      wrong(
        at,
        `found ${quoted(line)}, expected machine[N]="DOMAIN", machine[OPTION]="VALUE", LAB_NAME="…" or a comment`,
      );
      continue;
    }
    if (KEPT.includes(name)) {
      wrong(at, `found ${quoted(name)} as the name of a device, which Kathará keeps for itself`);
      continue;
    }
    const origin: Origin = { ...at, subject: `${name}[${argument}]` };
    const machine = machines.get(name) ?? { name, attachments: [], options: [], origin };
    machines.set(name, machine);
    if (!/^\d+$/.test(argument)) machine.options.push({ name: argument, value, origin });
    else attach(machine, Number(argument), value, origin, wrong);
  }
  if (machines.size === 0 && problems.length === 0)
    wrong({ file, line: 0, column: 0 }, 'found no device, expected lines like pc1[0]="A"');
  const all = [...machines.values()].filter(({ name }) => only?.includes(name) ?? true);
  const isNetkit =
    only !== undefined || all.some(({ attachments }) => attachments.some(({ tap }) => tap !== undefined));
  const own = new Set(isNetkit ? comments.map(({ line }) => line) : []);
  const rest = problems.filter(({ line }) => !own.has(line));
  if (rest.length > 0) throw TopologyError.of(rest);
  return { metadata, machines: all, comments: isNetkit ? comments : [] };
}

function attach(
  machine: MachineDraft,
  number: number,
  value: string,
  origin: Origin,
  wrong: (origin: Origin, message: string) => void,
): void {
  const [, far, near] = /^tap,([\d.]+),([\d.]+)$/.exec(value.trim()) ?? [];
  const tap = far !== undefined && near !== undefined && isIPv4(far) && isIPv4(near) ? { far, own: near } : undefined;
  const [domain = '', mac, ...rest] = tap === undefined ? value.trim().split('/') : [TAP];
  if (!/^[\w.-]+$/.test(domain) || rest.length > 0) {
    wrong(
      origin,
      `found ${quoted(value)}, expected a collision domain of letters, digits, - and _, with /MAC behind it or not`,
    );
  } else if (mac !== undefined && canonicalMac(mac) === undefined) {
    wrong(origin, `found ${quoted(mac)}, expected a MAC address such as 02:00:00:00:00:01`);
  } else if (machine.attachments.some((other) => other.number === number)) {
    wrong(origin, `found interface ${number} of ${machine.name} a second time`);
  } else {
    const extra = { ...(mac === undefined ? {} : { mac: mac.toLowerCase() }), ...(tap === undefined ? {} : { tap }) };
    machine.attachments.push({ number, domain, ...extra, origin });
    machine.attachments.sort((a, b) => a.number - b.number);
  }
}
