/** lab.conf: `machine[0]="A"`, `machine[option]="value"`, `LAB_NAME="…"`, comments. Read as Kathará reads it, but all mistakes together. */
import { type Problem, TopologyError } from '../../errors.ts';
import { quoted } from '../../topology/words.ts';
import { canonicalMac } from '../../model/mac.ts';
import type { Origin } from '../draft.ts';

/** An interface: `pc1[0]="A/00:00:00:00:00:01"` is eth0 in the collision domain A. */
export interface Attachment {
  readonly number: number;
  readonly domain: string;
  readonly mac?: string;
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
}

interface MachineDraft extends Machine {
  readonly attachments: Attachment[];
  readonly options: MachineOption[];
}

const ASSIGNMENT = /^([A-Za-z0-9_.-]+)\[(\w+)\]=(["']?)([^"']*)\3\s*(?:\s#.*)?$/;
const METADATA = /^LAB_(\w+)=(["']?)(.*?)\2\s*$/;
/** Names that Kathará keeps for itself. */
const KEPT = ['shared', '_test'];

/** @throws TopologyError with every line that Kathará would not take either. */
export function readLabConf(text: string, file: string): LabConf {
  const metadata = new Map<string, string>();
  const machines = new Map<string, MachineDraft>();
  const problems: Problem[] = [];
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
    const [, name = '', argument = '', , value] = ASSIGNMENT.exec(line) ?? [];
    if (value === undefined) {
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
  if (problems.length > 0) throw TopologyError.of(problems);
  return { metadata, machines: [...machines.values()] };
}

function attach(
  machine: MachineDraft,
  number: number,
  value: string,
  origin: Origin,
  wrong: (origin: Origin, message: string) => void,
): void {
  const [domain = '', mac, ...rest] = value.trim().split('/');
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
    machine.attachments.push({ number, domain, ...(mac === undefined ? {} : { mac: mac.toLowerCase() }), origin });
    machine.attachments.sort((a, b) => a.number - b.number);
  }
}
