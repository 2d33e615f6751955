/** `defaults`, merged under every node, link and process. */
import {
  entries,
  type LinkOptions,
  type NodeDocument,
  type ProcessDocument,
  type TopologyDocument,
} from './document.ts';

type Map = Readonly<Record<string, unknown>>;

/** Maps are merged, deep; everything else of `over` replaces what is under it. */
export function merge<T>(under: unknown, over: T): T {
  if (!isMap(under) || !isMap(over)) return over;
  const out = Object.create(null) as Record<string, unknown>;
  for (const [key, value] of Object.entries(under)) out[key] = value;
  for (const [key, value] of Object.entries(over)) out[key] = Object.hasOwn(out, key) ? merge(out[key], value) : value;
  return out as T;
}

function isMap(value: unknown): value is Map {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A node with `defaults.node`, and its processes with `defaults.process`. */
export function withNodeDefaults(document: NodeDocument | null, defaults: TopologyDocument['defaults']): NodeDocument {
  const { join: _, ...common } = defaults?.node ?? {};
  // What every node is given by default was not meant for what is somebody else's.
  const node = document?.join === undefined ? merge(common, document ?? {}) : document;
  if (defaults?.process === undefined || node.processes === undefined) return node;
  const processes = Object.create(null) as Record<string, ProcessDocument>;
  for (const [name, process] of entries(node.processes)) processes[name] = merge(defaults.process, process);
  return { ...node, processes };
}

/** A link's options with `defaults.link`. */
export function withLinkDefaults(options: LinkOptions, defaults: TopologyDocument['defaults']): LinkOptions {
  return defaults?.link === undefined ? options : merge(defaults.link, options);
}
