/** What of a lab an edit does not speak of, by the two files alone: those devices keep their index, and those processes their pid. */
import type {
  InterfaceDocument,
  NodeDocument,
  ProcessDocument,
  TopologyDocument,
} from '../../../src/topology/document.ts';
import type { Dump } from './oracle.ts';

/** What was disturbed though the edit gave no reason to: none, if all is well. */
export function disturbed(old: TopologyDocument, edited: TopologyDocument, before: Dump, after: Dump): string[] {
  const [was, is] = [identities(old), identities(edited)];
  return [
    ...lost('device', was.links, is.links, before.links, after.links),
    ...lost('process', was.processes, is.processes, before.processes, after.processes),
  ];
}

function lost(
  what: string,
  was: ReadonlyMap<string, string>,
  is: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, unknown>,
  after: ReadonlyMap<string, unknown>,
): string[] {
  return [...was].flatMap(([name, identity]) => {
    const kept = is.get(name) !== identity || before.get(name) === after.get(name);
    return kept ? [] : [`the ${what} ${name} was ${String(before.get(name))} and is ${String(after.get(name))}`];
  });
}

interface Identities {
  /** `node:name` → all of the file that cannot be changed while the device stands. */
  readonly links: ReadonlyMap<string, string>;
  /** `node sleep 7` → all that a process was started with. */
  readonly processes: ReadonlyMap<string, string>;
}

function identities({ nodes, links, bridges }: TopologyDocument): Identities {
  const devices = new Map<string, string>();
  for (const link of links ?? []) {
    const ends = 'endpoints' in link ? link.endpoints : link;
    for (const end of ends) devices.set(end, `veth ${ends.join(' ')}`);
  }
  for (const [name, { ports }] of Object.entries(bridges ?? {})) {
    devices.set(`${name}:${name}`, 'bridge');
    for (const port of ports) devices.set(port, `port of ${name}`);
  }
  const processes = new Map<string, string>();
  for (const [node, said] of Object.entries(nodes ?? {})) {
    for (const [name, device] of Object.entries(said?.interfaces ?? {})) {
      if (device?.type === undefined) continue;
      const lower = devices.get(`${node}:${device.link ?? ''}`);
      devices.set(`${node}:${name}`, `${deviceWords(device)} on ${lower ?? ''}`);
    }
    for (const process of Object.values(said?.processes ?? {}))
      processes.set(`${node} ${(process.command as string[]).join(' ')}`, processWords(said ?? {}, process));
  }
  return { links: devices, processes };
}

function deviceWords({ type, id, link, local, remote, port, mode, mac }: InterfaceDocument): string {
  // An ifb takes no other address while it stands; passthru is neither entered nor left.
  const fixed = type === 'ifb' ? mac : type === 'macvlan' ? mode === 'passthru' : undefined;
  return JSON.stringify([type, id, link, local, remote, port, fixed]);
}

/** The node's part is what its PID 1 was started with. */
function processWords({ hostname, isolation }: NodeDocument, { env, cwd, user }: ProcessDocument): string {
  return JSON.stringify([hostname, isolation, env, cwd, user]);
}
