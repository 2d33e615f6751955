/** HTTP from inside a node: Node's own client over connections of the node's. */
import { Agent, type AgentOptions, type IncomingMessage, request as plain } from 'node:http';
import { Agent as SecureAgent, request as secure } from 'node:https';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as startTls, type ConnectionOptions } from 'node:tls';

import { connectFrom } from './sockets.ts';

const REDIRECTS = 20;
const REDIRECTED = new Set([301, 302, 303, 307, 308]);
/** What is said to one server is not for another to which that one redirects. */
const SECRETS = ['authorization', 'cookie', 'proxy-authorization'];
/** Answers that have no body: the constructor of Response insists. */
const EMPTY = new Set([204, 205, 304]);

interface Target extends ConnectionOptions {
  readonly host?: string;
  readonly port?: number;
}

type Done = (error: Error | null, socket?: Socket) => void;

/** An agent for node:http, or (`https`) for node:https, whose connections begin in a node. */
export function agentOf(lab: string, node: string, https: boolean, options: AgentOptions): Agent {
  const agent = https ? new SecureAgent(options) : new Agent(options);
  const connect = async (to: Target, done: Done): Promise<void> => {
    try {
      done(null, await open(lab, node, to, https));
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const createConnection = (to: Target, done: Done): void => {
    void connect(to, done);
  };
  return Object.assign(agent, { createConnection });
}

async function open(lab: string, node: string, to: Target, https: boolean): Promise<Socket> {
  const { host = 'localhost', port = https ? 443 : 80 } = to;
  // An address of IPv6 stands in brackets in a URL.
  const socket = await connectFrom(lab, node, { host: host.replaceAll(/^\[|\]$/g, ''), port });
  return https ? startTls({ ...to, socket }) : socket;
}

/**
 * Like the global `fetch`, from inside a node: names are those of the lab. Redirections are followed unless `redirect` says otherwise.
 * @throws SystemError when there is no connection, LabError for a name that the lab does not know.
 */
export async function fetchFrom(
  lab: string,
  node: string,
  input: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  const request = new Request(input, init);
  const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
  const headers = new Headers(request.headers);
  let [url, method, sent] = [new URL(request.url), request.method, body];
  for (let times = 0; ; times++) {
    const answer = await ask(lab, node, url, { method, headers, signal: request.signal }, sent);
    const { statusCode: status = 0, statusMessage: statusText = '' } = answer;
    const to = REDIRECTED.has(status) ? answer.headers.location : undefined;
    if (to === undefined || request.redirect === 'manual') {
      const content = EMPTY.has(status) ? null : (Readable.toWeb(answer) as ReadableStream);
      const response = new Response(content, { status, statusText, headers: headersOf(answer) });
      return Object.defineProperties(response, { url: { value: url.href }, redirected: { value: times > 0 } });
    }
    answer.resume();
    if (request.redirect === 'error' || times === REDIRECTS) throw new TypeError(`${url.href} redirects to ${to}`);
    const { origin } = url;
    url = new URL(to, url);
    if (url.origin !== origin) for (const name of SECRETS) headers.delete(name);
    if (status === 303 || (status < 303 && method === 'POST')) [method, sent] = ['GET', undefined];
  }
}

function ask(
  lab: string,
  node: string,
  url: URL,
  { method, headers, signal }: Pick<Request, 'method' | 'headers' | 'signal'>,
  body: Buffer | undefined,
): Promise<IncomingMessage> {
  const https = url.protocol === 'https:';
  const said = Object.fromEntries([...headers].filter(([name]) => body !== undefined || !name.startsWith('content-')));
  return new Promise((resolve, reject) => {
    const agent = agentOf(lab, node, https, {});
    const query = (https ? secure : plain)(url, {
      method,
      agent,
      signal,
      headers: { 'user-agent': 'netlab', ...said },
    });
    query.on('response', resolve);
    query.on('error', reject);
    query.end(body);
  });
}

function headersOf({ rawHeaders: raw }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let i = 0; i + 1 < raw.length; i += 2) headers.append(raw[i]!, raw[i + 1]!);
  return headers;
}
