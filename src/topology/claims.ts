/** What checks say, as the file has it: which kinds there are, and which of their words are names. */
import type { ClaimKind } from '../model/check.ts';
import type { Path } from '../model/place.ts';
import type { CheckDocument } from './document.ts';

/** What a word of a check names: a node in which something is done, whom it asks, a URL, `node:interface`, `node/process` or all of a node. */
type Role = 'node' | 'target' | 'url' | 'end' | 'process';

/** The words of each kind that are names. `port`: it ends with a port. */
const WORDS: Readonly<Record<ClaimKind, Readonly<Record<string, Role | 'port'>>>> = {
  ping: { from: 'node', to: 'target' },
  tcp: { from: 'node', to: 'port' },
  http: { from: 'node', url: 'url' },
  exec: { on: 'node' },
  route: { on: 'node' },
  reach: { from: 'node', to: 'target' },
  path: { from: 'node', via: 'node', to: 'target' },
  rtt: { from: 'node', to: 'target' },
  neighbor: { on: 'node' },
  fdb: { on: 'node' },
  nft: { on: 'node' },
  log: { on: 'process' },
  pcap: { on: 'end' },
  dns: { from: 'node', server: 'target' },
  mtu: { from: 'node', to: 'target' },
  throughput: { from: 'node', to: 'target' },
  steps: {},
};

/** What a step may do besides checking, and what its words name. */
export const ACTIONS = { link_down: 'end', link_up: 'end', stop: 'process', start: 'process' } as const;
export type StepAction = keyof typeof ACTIONS;

/** The kinds of check, in the order of the reference. */
export const KINDS = Object.keys(WORDS) as readonly ClaimKind[];

/** Those that a check has: one, if it is right. */
export function kindsOf(check: CheckDocument): ClaimKind[] {
  return KINDS.filter((kind) => check[kind] !== undefined);
}

/** A word that names something. */
export interface Named {
  /** Within the body of the check. */
  readonly path: Path;
  readonly word: string;
  readonly role: Role;
}

/** The words of a check that name something; `all` names everything. */
export function namesIn(kind: string, body: Readonly<Record<string, unknown>>): Named[] {
  if (kind === 'log')
    return [{ path: ['process'], word: `${String(body['on'])}/${String(body['process'])}`, role: 'process' }];
  return Object.entries(WORDS[kind as ClaimKind]).flatMap(([key, role]) => {
    const value = body[key];
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    return list.flatMap((word, i): Named[] => {
      if (typeof word !== 'string' || (kind === 'reach' && word === 'all')) return [];
      const path = Array.isArray(value) ? [key, i] : [key];
      return [{ path, word: role === 'port' ? splitPort(word).word : word, role: role === 'port' ? 'target' : role }];
    });
  });
}

/** What a step does, by the same rules. */
export function actionsOf(step: CheckDocument): StepAction[] {
  return (Object.keys(ACTIONS) as StepAction[]).filter((action) => step[action] !== undefined);
}

/** The words of a step that does something. */
export function namesInAction(action: StepAction, value: unknown): Named[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.flatMap((word, i): Named[] => {
    const path = Array.isArray(value) ? [i] : [];
    return typeof word === 'string' ? [{ path, word, role: ACTIONS[action] }] : [];
  });
}

/** `web`, 80 of `web:80`; the schema has seen to it that there is a port. */
export function splitPort(text: string): { readonly word: string; readonly port: number } {
  const at = text.lastIndexOf(':');
  return { word: text.slice(0, at), port: Number(text.slice(at + 1)) };
}

/** `web`, `eth0` of `web:eth0`. */
export function splitTarget(word: string): { readonly name: string; readonly link?: string } {
  const at = word.indexOf(':');
  return at < 0 ? { name: word } : { name: word.slice(0, at), link: word.slice(at + 1) };
}
