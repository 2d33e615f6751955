/** A node's namespace, settings and processes → resources. */
import { HOST } from '../../model/host.ts';
import type { Isolation, Namespace, Process, Ready, Sysctl } from '../../model/resource.ts';
import { entries, items, own, type ProcessDocument } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import { argv, milliseconds, sysctlValue } from '../values.ts';
import { publishesAt } from './nat.ts';

/** Every kind of namespace that a node can have of its own; a node has them all unless it says otherwise. */
export const ISOLATION: readonly Isolation[] = ['net', 'uts', 'mnt', 'pid', 'ipc'];
/** How long `up` waits for a process that does not say. */
export const READY_TIMEOUT_MS = 30_000;

/** The settings that `forwarding` stands for. */
export const FORWARDING = { ipv4: 'net.ipv4.ip_forward', ipv6: 'net.ipv6.conf.all.forwarding' } as const;
/** Without it the kernel drops what is sent to 127.0.0.1 and translated to an address elsewhere. */
const ROUTE_LOCALNET = 'net.ipv4.conf.all.route_localnet';

/** The namespaces of a node. */
export function namespaceOf(node: DraftNode): Namespace {
  const { hostname, isolation, internet } = node.document;
  return {
    kind: 'namespace',
    node: node.name,
    role: 'node',
    hostname: hostname ?? node.name,
    isolation: isolation === undefined ? ISOLATION : ISOLATION.filter((kind) => isolation.includes(kind)),
    ...(internet === true ? { internet } : {}),
    at: node.at,
  };
}

/** What `forwarding` sets, by family. */
export function forwardingOf({ document: { forwarding } }: DraftNode): { ipv4?: boolean; ipv6?: boolean } {
  return typeof forwarding === 'boolean' ? { ipv4: forwarding, ipv6: forwarding } : (forwarding ?? {});
}

/** The settings of a node: `forwarding`, `sysctls`, and what published ports need. What `sysctls` says comes first. */
export function sysctlsOf(node: DraftNode): Sysctl[] {
  const { sysctls } = node.document;
  const out: Sysctl[] = [];
  const add = (key: string, value: string, at: Sysctl['at'] & object): void => {
    if (own(sysctls, key) === undefined) out.push({ kind: 'sysctl', node: node.name, key, value, at });
  };
  const forwarding = forwardingOf(node);
  for (const family of ['ipv4', 'ipv6'] as const) {
    const on = forwarding[family];
    if (on !== undefined) add(FORWARDING[family], on ? '1' : '0', [...node.at, 'forwarding']);
  }
  // On the host this opens only what leads to the target: hostSysctls().
  const publish = node.name === HOST ? undefined : publishesAt(node);
  if (publish !== undefined) add(ROUTE_LOCALNET, '1', [...node.at, 'nat', publish, 'publish']);
  for (const [key, value] of entries(sysctls)) {
    out.push({ kind: 'sysctl', node: node.name, key, value: sysctlValue(value), at: [...node.at, 'sysctls', key] });
  }
  return out;
}

/** The processes of a node. */
export function processesOf(node: DraftNode): Process[] {
  return entries(node.document.processes).map(([name, process]) => {
    const ready = readyOf(process.ready);
    return {
      kind: 'process',
      node: node.name,
      name,
      command: argv(process.command),
      env: Object.fromEntries(entries(process.env).map(([key, value]) => [key, String(value)])),
      ...(process.cwd === undefined ? {} : { cwd: process.cwd }),
      ...(ready === undefined ? {} : { ready }),
      after: [...new Set(items(process.after).map(([, word]) => processId(node.name, word)))],
      at: [...node.at, 'processes', name],
    };
  });
}

/** `node/process` of an entry of `after`, which may leave out its own node. */
export function processId(node: string, word: string): string {
  return word.includes('/') ? word : `${node}/${word}`;
}

function readyOf(ready: ProcessDocument['ready']): Ready | undefined {
  if (ready === undefined) return undefined;
  const timeoutMs = milliseconds(ready.timeout ?? '') ?? READY_TIMEOUT_MS;
  if (ready.tcp !== undefined) return { type: 'tcp', port: ready.tcp, timeoutMs };
  return ready.command === undefined ? undefined : { type: 'command', command: argv(ready.command), timeoutMs };
}
