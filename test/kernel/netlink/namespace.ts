import { closeSync, openSync } from 'node:fs';

import { NetlinkSocket } from '../../../src/netlink/socket.ts';
import { c, check } from '../../../src/sys/libc.ts';
import { CLONE } from '../../../src/sys/netns.ts';
import { run } from '../../support/index.ts';

/** A fresh network namespace, alive while its descriptor is open. */
export interface Namespace {
  readonly fd: number;
  readonly route: NetlinkSocket;
  readonly netfilter: NetlinkSocket;
  /** Runs a tool in there: `tool('ip', '-br', 'link')`. */
  tool(command: string, ...args: readonly string[]): string;
  /** The same, and what it prints is JSON. */
  json(command: string, ...args: readonly string[]): Entry[];
  close(): void;
}

/** What a tool's JSON says of one thing. */
export type Entry = Readonly<Record<string, unknown>>;

export function openNamespace(): Namespace {
  const home = openSync('/proc/thread-self/ns/net', 'r');
  check(c.unshare(CLONE.NEWNET), 'unshare');
  const fd = openSync('/proc/thread-self/ns/net', 'r');
  check(c.setns(home, CLONE.NEWNET), 'setns');
  closeSync(home);
  const route = NetlinkSocket.open('route', { netns: fd });
  const netfilter = NetlinkSocket.open('netfilter', { netns: fd });
  const tool = (command: string, ...args: readonly string[]): string =>
    run('nsenter', [`--net=/proc/${process.pid}/fd/${fd}`, command, ...args]);
  return {
    fd,
    route,
    netfilter,
    tool,
    json: (command, ...args) => JSON.parse(tool(command, '-j', ...args)) as Entry[],
    close() {
      route.close();
      netfilter.close();
      closeSync(fd);
    },
  };
}
