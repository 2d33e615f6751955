/** A page fetched from inside a network namespace, over a socket opened in there. What is said over it is Node's own client's. */
import { type IncomingHttpHeaders, request } from 'node:http';
import { Socket } from 'node:net';

import { Deadline } from './alarm.ts';
import { type ConnectOptions, dial } from './connect.ts';
import { INTERRUPTED, NO_ANSWER, type Outcome } from './outcome.ts';
import { errnoWords } from './reason.ts';

export interface GetOptions extends ConnectOptions {
  /** Where the URL's host is; not needed when that is an address itself. */
  readonly address?: string | undefined;
  /** GET unless said. */
  readonly method?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How many bytes of the body are read; what comes after them is not. 1 MiB unless said, 0 for none. */
  readonly bodyLimit?: number | undefined;
}

export interface GetOutcome extends Outcome {
  /** 0 when there was no answer. */
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As UTF-8. */
  readonly body: string;
}

const BODY_LIMIT = 1 << 20;

/**
 * Asks for an http:// URL, and waits for all of the answer, `timeout` ms (2000) at most. Ok when there was one, whatever its status.
 * Redirections are not followed. Like `curl -s --noproxy '*' URL`.
 * @throws SystemError when the namespace or a socket cannot be had; TypeError when it is no http:// URL, or its host has no address.
 */
export async function get(netns: number, url: string, options: GetOptions = {}): Promise<GetOutcome> {
  const { address, method = 'GET', headers = {}, bodyLimit = BODY_LIMIT, timeout = 2000, signal, from } = options;
  const began = performance.now();
  const { protocol, hostname, port, pathname, search, host } = new URL(url);
  if (protocol !== 'http:') throw new TypeError(`${url} is no http:// URL`);
  const target = address ?? hostname.replace(/^\[(.*)\]$/, '$1');
  const { fd, why } = await dial(netns, target, port === '' ? 80 : Number(port), { timeout, signal, from });
  const since = (): number => performance.now() - began;
  if (fd === undefined) return { ok: false, ms: since(), why, status: 0, headers: {}, body: '' };

  const socket = new Socket({ fd, readable: true, writable: true });
  using deadline = new Deadline(timeout - since(), signal);
  return await new Promise<GetOutcome>((resolve) => {
    const answer = { status: 0, headers: {} as IncomingHttpHeaders };
    const chunks: Buffer[] = [];
    let left = bodyLimit;
    const finish = (reason: string): void => {
      const body = Buffer.concat(chunks).toString();
      resolve({ ok: reason === '', ms: since(), why: reason, ...answer, body });
      socket.destroy();
    };
    const asked = request({
      createConnection: () => socket,
      method,
      path: `${pathname}${search}`,
      headers: { host, connection: 'close', 'user-agent': 'netlab', ...headers },
      signal: deadline.signal,
    });
    asked.on('response', (response) => {
      answer.status = response.statusCode ?? 0;
      answer.headers = response.headers;
      if (left === 0) finish('');
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk.subarray(0, left));
        left -= Math.min(left, chunk.length);
        if (left === 0) finish('');
      });
      response.on('end', () => finish(''));
      response.on('error', (error) => finish(words(error, deadline)));
    });
    asked.on('error', (error) => finish(words(error, deadline)));
    asked.on('close', () => finish('connection reset'));
    asked.end();
  });
}

/** Why an exchange broke off. */
function words(error: Error, { expired, signal }: Deadline): string {
  if (signal.aborted) return expired ? NO_ANSWER : INTERRUPTED;
  const code = 'code' in error ? String(error.code) : '';
  // HPE_INVALID_CONSTANT and the like are the parser's.
  return code.startsWith('HPE_') ? `no HTTP: ${error.message}` : errnoWords(code === '' ? error.message : code);
}
