/** One node of a containerlab file → a node of the topology. */
import { join } from 'node:path';
import { shellLine, shellWord } from '../../resource/shell.ts';
import type { Draft, NodeDraft } from '../draft.ts';
import { textOf } from '../text.ts';
import { isTrue } from '../values.ts';
import { addBinds, type Folders } from './binds.ts';
import { onlyWaits, wordsOf } from './commands.ts';
import type { ClabDocument } from './document.ts';
import { profileOf } from './images.ts';
import type { ClabNode } from './inherit.ts';

/** Commands that ask a program which has to be running: they come after it. */
const ASKS = /^(?:vtysh|birdc6?|gobgp|swanctl|rndc|supervisorctl)$|^\S*\bcurl$/;

/** Fills a node that stands in the topology already under its name there. */
export function fillNode(
  draft: Draft,
  document: ClabDocument,
  node: NodeDraft,
  clab: ClabNode,
  folders: Folders,
): void {
  const hostname = clab.word('hostname');
  if (hostname !== undefined) node.hostname = hostname.value;
  addSysctls(node, clab);
  addLimits(draft, document, node, clab);
  const env = environment(draft, document, clab, folders);
  const copies = addBinds(draft, document, node, clab, folders);
  const service = addProcess(draft, document, node, clab, env);
  addExec(draft, document, node, clab, { env, copies, service, magic: folders.magic });
  const writes = node.setup ?? node.files ?? node.mounts ?? node.processes;
  if (writes !== undefined) node.rootfs = { host: true, copy_on_write: true };
}

function addSysctls(node: NodeDraft, clab: ClabNode): void {
  const forwarding: { ipv4?: boolean; ipv6?: boolean } = {};
  for (const [name, { value }] of clab.map('sysctls')) {
    const key = name.replaceAll('/', '.');
    if (/^net\.ipv4\.(?:ip_forward|conf\.all\.forwarding)$/.test(key)) forwarding.ipv4 = isTrue(value);
    else if (key === 'net.ipv6.conf.all.forwarding') forwarding.ipv6 = isTrue(value);
    else node.sysctls = { ...node.sysctls, [key]: /^-?\d{1,15}$/.test(value) ? Number(value) : value };
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

/** What the container does by itself. Gives the name of the process. */
function addProcess(
  draft: Draft,
  document: ClabDocument,
  node: NodeDraft,
  clab: ClabNode,
  env: Record<string, string>,
): string | undefined {
  const image = clab.word('image');
  const profile = image === undefined ? undefined : profileOf(image.value);
  const own = [clab.word('entrypoint'), clab.word('cmd')].filter((said) => said !== undefined);
  const command = own.flatMap(({ value }) => wordsOf(value) ?? []);
  if (image !== undefined && profile?.needs !== undefined)
    draft.leave(
      document.origin(image.path),
      `the image ${image.value} is not used, programs are this machine's: install ${profile.needs} (Debian)`,
    );
  else if (image !== undefined && profile === undefined)
    draft.leave(
      document.origin(image.path),
      `the image ${image.value} is not used, programs are this machine's: what it does by itself has to be said as \`processes\`, or give the node a \`rootfs: { oci: … }\``,
    );
  const common = { ...(Object.keys(env).length > 0 ? { env } : {}), ...userOf(clab) };
  // The entry point of an image that is not known gets its words, and we do not know it.
  const known = clab.word('entrypoint') !== undefined || profile?.process === undefined;
  if (command.length > 0 && known) {
    if (onlyWaits(command)) return undefined;
    const policy = clab.word('restart-policy')?.value ?? 'always';
    const restart = policy === 'no' ? 'no' : policy === 'on-failure' ? 'on-failure' : 'always';
    node.processes = { main: { command, restart, ...common } };
    draft.from(['nodes', clab.name, 'processes', 'main'], document.origin(own[0]!.path));
    return 'main';
  }
  if (profile?.process === undefined) return undefined;
  const [name, process] = profile.process;
  node.processes = { [name]: { ...structuredClone(process), ...common } };
  draft.from(['nodes', clab.name, 'processes', name], document.origin(image!.path));
  return name;
}

function userOf(clab: ClabNode): { user?: string } {
  const user = clab.word('user')?.value;
  return user === undefined || user === 'root' || user === '0' ? {} : { user };
}

interface Surroundings {
  readonly env: Readonly<Record<string, string>>;
  /** Commands that come first. */
  readonly copies: readonly string[];
  readonly service: string | undefined;
  readonly magic: (text: string) => string;
}

/** Lines that ask a service come after it, all others before; the failure of one is no failure of the lab. */
function addExec(
  draft: Draft,
  document: ClabDocument,
  node: NodeDraft,
  clab: ClabNode,
  { env, copies, service, magic }: Surroundings,
): void {
  const before: string[] = [];
  const after: string[] = [];
  for (const { value, path } of clab.list('exec')) {
    const words = wordsOf(magic(value));
    if (words === undefined) draft.leave(document.origin(path), `left out: a quote is not closed in ${value}`);
    else if (words.length > 0)
      (service !== undefined && (after.length > 0 || asks(words)) ? after : before).push(shellLine(words));
  }
  const exports = Object.entries(env).map(([name, value]) => `export ${name}=${shellWord(value)}`);
  const script = (lines: readonly string[]): string => [...exports, ...lines, 'true\n'].join('\n');
  const setup = [...copies, ...(before.length > 0 ? [script(before)] : [])];
  if (setup.length > 0) node.setup = setup;
  if (after.length > 0) node.processes = { ...node.processes, exec: { command: script(after), after: [service!] } };
}

/** Looked for in the command itself, and in what it gives to a shell. */
function asks(words: readonly string[]): boolean {
  const [program = '', option, line = ''] = words;
  if (/(?:^|\/)(?:sh|bash|ash)$/.test(program) && option === '-c')
    return line.split(/[\s;&|]+/).some((word) => ASKS.test(word));
  return ASKS.test(program.replace(/^.*\//, ''));
}
