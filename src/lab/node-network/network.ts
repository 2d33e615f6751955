/** A node's network for this program: connections, servers, HTTP, and code of one's own. docs/decisions/0021-a-nodes-network-from-node.md */
import type { Socket as DatagramSocket } from 'node:dgram';
import type { Agent, AgentOptions } from 'node:http';
import type { Server, Socket } from 'node:net';

import type { ConnectTo, ListenAt } from './sockets.ts';

/** What a program can do in the network of a node, from where it is. Names of hosts are those of the lab, or addresses. */
export class NodeNetwork {
  readonly lab: string;
  readonly name: string;

  constructor(lab: string, name: string) {
    this.lab = lab;
    this.name = name;
  }

  /**
   * A TCP connection from the node: a socket of node:net that belongs to the node's network and is used here. Like `nc HOST PORT` in the
   * node. Throws SystemError when there is none, LabError for a name that the lab does not know.
   */
  async connect(to: ConnectTo): Promise<Socket> {
    const { connectFrom } = await import('./sockets.ts');
    return connectFrom(this.lab, this.name, to);
  }

  /**
   * Lets a server of this program listen in the node: `await node.listen(http.createServer(…), { port: 80 })`. `server.address()` tells
   * the port. Throws SystemError EADDRINUSE, EADDRNOTAVAIL.
   */
  async listen<S extends Server>(server: S, at: ListenAt = {}): Promise<S> {
    const { listenIn } = await import('./sockets.ts');
    return listenIn(this.lab, this.name, server, at);
  }

  /** A UDP socket of the node, bound: `(await node.datagram()).send('hello', 53, '10.0.0.2')`. Throws SystemError. */
  async datagram(at: ListenAt = {}): Promise<DatagramSocket> {
    const { datagramIn } = await import('./sockets.ts');
    return datagramIn(this.lab, this.name, at);
  }

  /** An agent for node:http, or with `https` for node:https: `http.get('http://web/', { agent: await node.agent() })`. */
  async agent({ https = false, ...options }: AgentOptions & { readonly https?: boolean } = {}): Promise<Agent> {
    const { agentOf } = await import('./http.ts');
    return agentOf(this.lab, this.name, https, options);
  }

  /** Like the global `fetch`, from inside the node: `await (await node.fetch('http://web/')).text()`. Throws SystemError, LabError. */
  async fetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
    const { fetchFrom } = await import('./http.ts');
    return fetchFrom(this.lab, this.name, input, init);
  }

  /**
   * Runs a function in a thread that is in the node's network for good: every socket that it opens is the node's, whatever opens it. Only
   * the function's text gets there, and copies of its arguments and of its result: it can name nothing from outside of itself. Files are
   * this machine's.
   */
  async run<A extends unknown[], R>(fn: (...args: A) => R | Promise<R>, ...args: A): Promise<R> {
    const { runIn } = await import('./worker.ts');
    return (await runIn(this.lab, this.name, String(fn), args)) as R;
  }
}
