/** What `netlab events` tells: first what a lab is, then what changes in it. `--json` prints exactly these, and the library yields them. */
import type { InterfaceStatus } from './report.ts';
import type { Route } from './resource.ts';

/** `present`: it was there when the telling began. */
export type EventAction = 'present' | 'added' | 'changed' | 'removed';

/** The lab itself: the first event of all. */
export interface LabTold {
  readonly event: 'lab';
  readonly lab: string;
  readonly file: string;
  readonly keeper: number | null;
  /** ISO 8601. */
  readonly since: string;
}

/** A network namespace of the lab's: a node, a bridge, or the host with what is the lab's there. */
export interface NodeEvent {
  readonly event: 'node';
  readonly action: Exclude<EventAction, 'changed'>;
  readonly node: string;
}

/** An interface: as it is now, or (`removed`) as it was last. */
export interface LinkEvent extends Omit<InterfaceStatus, 'addresses' | 'name'> {
  readonly event: 'link';
  readonly action: EventAction;
  readonly node: string;
  /** The interface's name. */
  readonly link: string;
}

/** An address of an interface, with its prefix length. */
export interface AddressEvent {
  readonly event: 'address';
  readonly action: EventAction;
  readonly node: string;
  readonly link: string;
  readonly address: string;
}

/** A route, but for those that the kernel makes for networks of addresses. */
export interface RouteEvent extends Omit<Route, 'kind' | 'at'> {
  readonly event: 'route';
  readonly action: EventAction;
  /** As `ip route` words it: `10.9.0.0/16 via 10.0.0.2 dev eth0`. */
  readonly route: string;
}

/** A process of the topology. */
export interface ProcessEvent {
  readonly event: 'process';
  /** `failed`: its program could not be executed. */
  readonly action: 'present' | 'started' | 'ready' | 'exited' | 'failed';
  readonly node: string;
  readonly process: string;
  /** For `present`. */
  readonly state?: 'running' | 'restarting' | 'stopped' | 'exited';
  /** For `present`: whether its `ready` holds; null when it has none or does not run. */
  readonly ready?: boolean | null;
  /** For `exited`. */
  readonly code?: number;
  readonly signal?: number;
}

/** A node's PID 1, which starts when the node first needs one. */
export interface InitEvent {
  readonly event: 'init';
  readonly action: 'started' | 'exited';
  readonly node: string;
}

/** A node, or a process of it, has met one of its limits so many times. */
export interface LimitEvent {
  readonly event: 'limit';
  readonly node: string;
  /** Empty: the node's own limits. */
  readonly process: string;
  /** In the words of the record: `oom-kill`. */
  readonly limit: string;
  readonly count: number;
}

/** Why no more is told: the lab was taken down, its keeper has died, or the listener has had enough. */
export type EventsEnd = 'down' | 'died' | 'interrupted';

/** Whatever is told. */
export type LabEvent = { /** ISO 8601. */ readonly time: string } & (
  | LabTold
  | NodeEvent
  | LinkEvent
  | AddressEvent
  | RouteEvent
  | ProcessEvent
  | InitEvent
  | LimitEvent
  /** All that was there has been told; from here on, what changes. */
  | { readonly event: 'synced' }
  /** More happened than could be heard: the lab is looked at as a whole, and what differs from what was told follows. */
  | { readonly event: 'resync' }
  | { readonly event: 'end'; readonly reason: EventsEnd }
);
