/**
 * The topology between document and model: defaults merged, short forms resolved, every interface found with what it is attached
 * to. The rules read it, and the expansion writes resources from it.
 */
import type { Prefix } from '../model/address.ts';
import { HOST } from '../model/host.ts';
import type { Path } from '../model/place.ts';
import type { LinkType } from '../model/resource.ts';
import type { BridgeDocument, InterfaceDocument, NodeDocument } from './document.ts';

/** A topology, wired. */
export interface Draft {
  readonly name: string;
  readonly nodes: ReadonlyMap<string, DraftNode>;
  readonly bridges: ReadonlyMap<string, DraftBridge>;
  readonly segments: readonly Segment[];
}

/** A node with its defaults merged in. */
export interface DraftNode {
  readonly name: string;
  readonly at: Path;
  readonly document: NodeDocument;
  /** By name; `lo` first. */
  readonly devices: Map<string, Device>;
}

/** Whether a node's network namespace is somebody else's: what stands there that the file does not put there, nobody knows yet. */
export function isForeign({ name, document }: Pick<DraftNode, 'name' | 'document'>): boolean {
  return name === HOST || document.join !== undefined;
}

/** A bridge of the file, alone in its namespace. */
export interface DraftBridge {
  readonly name: string;
  readonly at: Path;
  readonly document: BridgeDocument;
  /** The bridge itself and its ports. */
  readonly devices: Map<string, Device>;
}

/** One network interface to be. */
export interface Device {
  /** The node or bridge in whose namespace it stands. */
  readonly node: string;
  readonly name: string;
  readonly type: Exclude<LinkType, 'other'>;
  /** The words that ask for it: the link end, the port, or the interface's own key. */
  readonly at: Path;
  /** What `interfaces` says of it, when it does. */
  document: InterfaceDocument | undefined;
  /** Where `interfaces` describes it, or would. */
  readonly home: Path;
  peer?: Device;
  /** The bridge of which it is a port. */
  master?: string;
  mtu?: number;
  /** Where its MTU was said. */
  mtuAt?: Path;
  readonly addresses: DraftAddress[];
  /** It is an end of a way out through the host (`internet: true`): the network of that. */
  readonly uplink?: string;
}

/** An address of a device, given or from a `subnet`. */
export interface DraftAddress {
  readonly prefix: Prefix;
  /** The address alone, canonical. */
  readonly text: string;
  readonly at: Path;
}

/** What the file calls one segment: a link, or a bridge with all of its ports. */
export interface Segment {
  /** `links[2]` or the bridge's name, for messages. */
  readonly name: string;
  readonly at: Path;
  /** The ends on nodes, in the order of the file. */
  readonly ends: readonly Device[];
  readonly subnet?: string;
  readonly subnetAt: Path;
}

/** Whether a device is to be up: it is, unless the file says otherwise. */
export function isUp(device: Device): boolean {
  return device.document?.up ?? true;
}
