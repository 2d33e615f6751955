/** One node of a containerlab file → a node of the topology. */
import { join } from 'node:path';
import type { Path } from '../../model/place.ts';
import { shellLine } from '../../resource/shell.ts';
import type { Draft, NodeDraft } from '../draft.ts';
import { Network } from '../network/network.ts';
import { filesOf } from '../services/node-files.ts';
import type { ProcessDraft } from '../services/service.ts';
import { addStartup, type Script } from '../shell/startup.ts';
import { textOf } from '../text.ts';
import { isTrue, settingValue } from '../values.ts';
import { addBinds, type Folders } from './binds.ts';
import { onlyWaits, scriptOf, withShell, wordsOf } from './commands.ts';
import type { ClabDocument } from './document.ts';
import { profileOf } from './images.ts';
import type { ClabNode } from './inherit.ts';

/** Where the node stands in the topology, and what is around it. */
export interface Surroundings extends Folders {
  /** The interfaces that links and bridges give it. */
  readonly ends: Iterable<string>;
}

/** Fills a node whose links are made already. */
export function fillNode(draft: Draft, document: ClabDocument, clab: ClabNode, around: Surroundings): void {
  const node = draft.topology.nodes[around.name]!;
  const hostname = clab.word('hostname');
  if (hostname !== undefined) node.hostname = hostname.value;
  addSysctls(node, clab);
  addLimits(draft, document, node, clab);
  const env = environment(draft, document, clab, around);
  const { commands, sources } = addBinds(draft, document, node, clab, around);
  const scripts: Script[] = addImage(draft, document, node, clab, { env, name: around.name });
  for (const { value, path } of clab.list('exec')) {
    const words = wordsOf(around.magic(value));
    const origin = document.origin(path, value);
    if (words === undefined) draft.leave(origin, 'left out: a quote is not closed');
    // containerlab has no shell between the words and the program.
    else if (words.length > 0)
      scripts.push({ text: scriptOf(words) ?? shellLine(withShell(words)), origin, inLine: true });
  }
  const network = new Network(draft, around.name, around.ends, true);
  const files = filesOf(node, (path) => {
    const file = sources.get(path);
    return file === undefined ? undefined : { file, line: 0, column: 0 };
  });
  addStartup(network, scripts, { before: commands, env, files });
  const writes = node.setup ?? node.files ?? node.mounts ?? node.processes;
  if (writes !== undefined) node.rootfs = { host: true, copy_on_write: true };
}

function addSysctls(node: NodeDraft, clab: ClabNode): void {
  const forwarding: { ipv4?: boolean; ipv6?: boolean } = {};
  for (const [name, { value }] of clab.map('sysctls')) {
    const key = name.replaceAll('/', '.');
    if (/^net\.ipv4\.(?:ip_forward|conf\.all\.forwarding)$/.test(key)) forwarding.ipv4 = isTrue(value);
    else if (key === 'net.ipv6.conf.all.forwarding') forwarding.ipv6 = isTrue(value);
    else node.sysctls = { ...node.sysctls, [key]: settingValue(value) };
  }
  if (forwarding.ipv4 === true) delete forwarding.ipv4;
  if (Object.keys(forwarding).length > 0) node.forwarding = forwarding;
}

function addLimits(draft: Draft, document: ClabDocument, node: NodeDraft, clab: ClabNode): void {
  const [memory, cpu] = [clab.word('memory'), clab.word('cpu')];
  if (memory !== undefined) {
    const [, number, unit = ''] = /^([\d.]+)\s*([kmg]?)i?b?$/i.exec(memory.value) ?? [];
    if (number === undefined)
      draft.leave(document.origin(memory.path), `left out: found ${memory.value}, expected a size as 512MB`);
    else node.limits = { ...node.limits, memory: `${number}${unit.toUpperCase()}` };
  }
  if (cpu !== undefined && Number(cpu.value) > 0) node.limits = { ...node.limits, cpu: Number(cpu.value) };
}

/** Variables of `env-files` and `env`; the latter count more. */
function environment(draft: Draft, document: ClabDocument, clab: ClabNode, folders: Folders): Record<string, string> {
  const env: Record<string, string> = {};
  for (const { value, path } of clab.list('env-files')) {
    const text = textOf(join(folders.folder, folders.magic(value)));
    if (text === undefined) draft.leave(document.origin(path), `left out: there is no file ${value}`);
    for (const [, name = '', set = ''] of (text ?? '').matchAll(/^\s*(?:export\s+)?([A-Za-z_]\w*)=(.*)$/gm))
      env[name] = set.trim().replace(/^(["'])(.*)\1$/, '$2');
  }
  for (const [name, { value, path }] of clab.map('env')) {
    if (name !== '__IMPORT_ENVS') env[name] = value;
    else draft.leave(document.origin(path), 'left out: `${NAME}` in a topology takes one from the environment');
  }
  return env;
}

/** What the container does by itself: a process of the node, or a script that starts a service. */
function addImage(
  draft: Draft,
  document: ClabDocument,
  node: NodeDraft,
  clab: ClabNode,
  { env, name }: { readonly env: Readonly<Record<string, string>>; readonly name: string },
): Script[] {
  const image = clab.word('image');
  const targets = clab.list('binds').map(({ value }) => value.split(':')[1] ?? '');
  const guess = image === undefined ? undefined : profileOf(image.value, targets);
  const profile = guess?.profile;
  const own = [clab.word('entrypoint'), clab.word('cmd')].filter((said) => said !== undefined);
  const command = withShell(own.flatMap(({ value }) => wordsOf(value) ?? []));
  if (image !== undefined && (profile === undefined || profile.needs !== undefined)) {
    const what =
      profile === undefined
        ? 'what it does by itself has to be said as `processes`, or give the node a `rootfs: { oci: … }`'
        : `install ${profile.needs} (Debian)${guess?.why === undefined ? '' : `; it is taken for one of ${profile.service}, ${guess.why}`}`;
    const reason = `the image ${image.value} is not used, programs are this machine's: ${what}`;
    draft.leave(document.origin(image.path), reason);
  }
  const common = { ...(Object.keys(env).length > 0 ? { env } : {}), ...userOf(clab) };
  const add = (called: string, process: ProcessDraft, path: Path): void => {
    node.processes = { ...node.processes, [called]: { ...process, ...common } };
    draft.from(['nodes', name, 'processes', called], document.origin(path));
  };
  // Without an entry point of its own a service's image gives the words to its program, and that is not known here.
  if (command.length > 0 && (clab.word('entrypoint') !== undefined || profile?.service === undefined)) {
    const policy = clab.word('restart-policy')?.value;
    const restart = policy === 'no' || policy === 'on-failure' ? policy : 'always';
    // Words for a program that only the image knows.
    if (/^[-\d]/.test(command[0]!))
      draft.leave(document.origin(own[0]!.path), `left out: ${command.join(' ')} is said to a program of the image`);
    else if (!onlyWaits(command)) add('main', { command: [...command], restart }, own[0]!.path);
    return [];
  }
  if (image === undefined || profile === undefined) return [];
  if (profile.process !== undefined) add(...profile.process, image.path);
  if (profile.service === undefined) return [];
  return [{ text: `service ${profile.service} start`, origin: document.origin(image.path), inLine: true }];
}

function userOf(clab: ClabNode): { user?: string } {
  const user = clab.word('user')?.value;
  return user === undefined || user === 'root' || user === '0' ? {} : { user };
}
