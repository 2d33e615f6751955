/** The whole of a Kathará lab → a draft. */
import { basename, dirname, resolve } from 'node:path';

import { linkLocalPrefix, defaultMac } from '../../model/mac.ts';
import { readSource } from '../../topology/source.ts';
import { Draft, type NodeDraft } from '../draft.ts';
import type { ImportOptions } from '../format.ts';
import { labName, Names, RESERVED_NAMES } from '../names.ts';
import { addDefaults, setIpv6 } from './defaults.ts';
import { addFiles } from './files.ts';
import { unsaidIpv6 } from './ipv6.ts';
import { type LabConf, type Machine, readLabConf } from './lab-conf.ts';
import { addOptions } from './options.ts';
import { addSegments } from './segments.ts';
import { addMachineStartup } from './startup.ts';
import { addTap } from './tap.ts';
import { sayUnread } from './unread.ts';

/** Reads lab.conf at `file`, and what stands beside it in `folder`. */
export function readLab(file: string, folder: string, options: ImportOptions): Draft {
  const draft = new Draft();
  const { topology } = draft;
  const conf = readLabConf(readSource(file), file);
  const home = options.home ?? resolve('.');
  topology.name = labName(options.name ?? conf.metadata.get('name') ?? folderName(folder));
  const about = description(conf);
  if (about !== '') topology.description = about;
  const names = new Names(63, RESERVED_NAMES);
  const nodes = conf.machines.map((machine) => addNode(draft, machine, names));
  const extras = conf.machines.map((machine, i) => addOptions(draft, nodes[i]!, machine, home, folder));
  const unsaid = unsaidIpv6(folder, conf);
  if (unsaid !== undefined) {
    for (const extra of extras) extra.ipv6 = true;
    draft.leave(unsaid, 'IPv6 is on in all devices, as this line expects; no device has the option ipv6 in lab.conf');
  }
  const tap = addTap(draft, conf, names);
  const someIpv6 = extras.some(({ ipv6 }) => ipv6);
  addDefaults(draft, someIpv6);
  for (const [i, machine] of conf.machines.entries()) {
    const node = nodes[i]!;
    if (someIpv6) setIpv6(node, extras[i]!.ipv6);
    const laid = addFiles(draft, node, machine, { home, folder });
    addMachineStartup(draft, names.of(machine.name), machine, { home, folder, laid, extras: extras[i]! });
    if (extras[i]!.ipv6) addLinkLocal(topology.name, names.of(machine.name), node, machine);
  }
  addSegments(draft, [...conf.machines, ...(tap === undefined ? [] : [tap])], (machine) => names.of(machine));
  sayUnread(draft, folder, conf);
  for (const origin of conf.comments) draft.leave(origin, 'left out: Netkit takes such a line for a comment');
  return draft;
}

/** A node with its interfaces, in the order of their numbers. */
function addNode(draft: Draft, machine: Machine, names: Names): NodeDraft {
  const name = names.of(machine.name);
  if (name !== machine.name)
    draft.leave(machine.origin, `the device ${machine.name} is called ${name}, as a node can be`);
  const node: NodeDraft = {};
  draft.topology.nodes[name] = node;
  draft.from(['nodes', name], machine.origin);
  for (const { number, mac, origin } of machine.attachments) {
    draft.from(['nodes', name, 'interfaces', `eth${number}`], origin);
    if (mac !== undefined) node.interfaces = { ...node.interfaces, [`eth${number}`]: { mac } };
  }
  return node;
}

/** A device with IPv6 has a link-local address everywhere; one that the file says nothing of has it by this. */
function addLinkLocal(lab: string, name: string, node: NodeDraft, machine: Machine): void {
  const ports = new Set(Object.values(node.interfaces ?? {}).flatMap((each) => each?.ports ?? []));
  for (const { number } of machine.attachments) {
    const dev = `eth${number}`;
    // What is a port has no address of its own, neither here nor there.
    if (ports.has(dev)) continue;
    const known = node.interfaces?.[dev] ?? {};
    const addresses = known.addresses ?? [];
    if (addresses.some((address) => address.includes(':'))) continue;
    const mac = known.mac ?? defaultMac(lab, name, dev);
    node.interfaces = { ...node.interfaces, [dev]: { ...known, mac, addresses: [...addresses, linkLocalPrefix(mac)] } };
  }
}

/** The folder's own name, or that of the one above where everybody calls it so. */
function folderName(folder: string): string {
  const path = resolve(folder);
  const base = basename(path);
  return /^lab$/i.test(base) ? basename(dirname(path)) : base;
}

function description({ metadata }: LabConf): string {
  const authors = [metadata.get('author'), metadata.get('email'), metadata.get('web')].filter(Boolean).join(', ');
  const version = metadata.get('version');
  return [metadata.get('description'), version && `version ${version}`, authors && `by ${authors}`]
    .filter(Boolean)
    .join('; ');
}
