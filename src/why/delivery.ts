/** A packet has come to the node whose address it bears: why is there no answer? */
import { formatIp } from '../model/ip.ts';
import { RTN } from '../netlink/constants.ts';
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';

/** State of a listening TCP socket in /proc/net/tcp; of UDP one that is not connected. */
const LISTEN = '0A';
const UNCONNECTED = '07';

/** A socket that waits for what comes to a port. */
interface Listener {
  readonly address: string;
  readonly any: boolean;
}

/** Why the node itself does not answer what it got; undefined when it should have. */
export function undelivered(e: Evidence, at: Standing, type: number | undefined): Finding | undefined {
  const { view, destination, iif } = at;
  const { node } = view;
  const dev = view.name(iif);
  if (type === RTN.BROADCAST)
    return finding(
      'broadcast-address',
      { node, name: dev },
      `${destination} is the broadcast address of that network: nobody answers for it`,
      'name the address of one node',
      e.lines.node(node),
    );
  const held = view.held.find(({ address }) => address === destination);
  if (held !== undefined && held.dad !== 'done')
    return finding(
      'dad-failed',
      { node, name: view.name(held.index) },
      `${node} has ${destination} but may not use it: duplicate address detection ${held.dad === 'failed' ? 'found that somebody else on the LAN has it' : 'has not ended'}`,
      'give it another address, or find who else has this one',
      e.lines.address(node, destination) ?? e.lines.node(node),
    );
  return e.mark.protocol === 'icmp' ? ignored(e, at) : unheard(e, at);
}

function ignored(e: Evidence, { view, destination }: Standing): Finding | undefined {
  const six = destination.includes(':');
  const path = six ? 'ipv6/icmp/echo_ignore_all' : 'ipv4/icmp_echo_ignore_all';
  if (view.sysctl(path) !== 1) return undefined;
  const key = `net.${path.replaceAll('/', '.')}`;
  return finding(
    'ignored',
    { node: view.node },
    `${view.node} answers no echo requests: ${key} is 1`,
    `set it to 0, or ask another way: --proto tcp`,
    e.lines.sysctl(view.node, key),
  );
}

/** Nobody waits at that port. */
function unheard(e: Evidence, at: Standing): Finding | undefined {
  const { view, destination } = at;
  const { node } = view;
  const { protocol } = e.mark;
  const port = localPort(e, at);
  const all = listeners(view.procNet(protocol), view.procNet(`${protocol}6`), port, protocol);
  const fits = all.some(({ any, address }) => any || address === destination);
  if (fits) return undefined;
  const [other] = all;
  const astray = other === undefined ? elsewhereTranslated(e, at) : undefined;
  if (astray !== undefined) return astray;
  return finding(
    'no-listener',
    { node },
    other === undefined
      ? `the packet came to ${node}, and no process there listens at ${protocol} port ${port}`
      : `the packet came to ${node}, and what listens there at ${protocol} port ${port} does so at ${other.address} alone`,
    other === undefined
      ? `start a process on ${node} that listens at ${port}, and see netlab logs ${node}`
      : 'let it listen at 0.0.0.0 or at ::',
    e.lines.node(node),
  );
}

/** A translation of that port is there, for what comes by another interface. */
function elsewhereTranslated(e: Evidence, { view, iif }: Standing): Finding | undefined {
  const { node } = view;
  const dev = view.name(iif);
  const { protocol, port } = e.mark;
  for (const rule of e.lines.nat(node)) {
    if (rule.type !== 'dnat' && rule.type !== 'redirect') continue;
    if (rule.in === undefined || rule.in === dev || rule.port !== port || (rule.proto ?? protocol) !== protocol)
      continue;
    return finding(
      'nat-wrong-interface',
      { node, name: dev },
      `${node} translates ${protocol} port ${port} of what comes by ${rule.in}, but this came by ${dev}, and no process of ${node} itself listens there`,
      `in: ${dev} in that line, or no in: at all`,
      e.lines.at(rule.at) ?? e.lines.node(node),
    );
  }
  return undefined;
}

/** The port as it is here: a translation on the way may have changed it. */
function localPort(e: Evidence, { view }: Standing): number {
  const here = e.known.find(({ role, node, out }) => role === 'probe' && node === view.node && !out);
  const body =
    e.passages
      .get(view.node)
      ?.find(({ role }) => role === 'probe')
      ?.behind.at(-1)?.frame.body ?? here?.frame.body;
  return body === undefined || body.length < 4 ? e.mark.port : (body[2]! << 8) | body[3]!;
}

/** Like `ss -ltn` and `ss -lun`, from /proc/net/tcp and its like. */
function listeners(four: string, six: string, port: number, protocol: string): Listener[] {
  const state = protocol === 'tcp' ? LISTEN : UNCONNECTED;
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  return [four, six].flatMap((text) =>
    text
      .split('\n')
      .slice(1)
      .flatMap((line): Listener[] => {
        const [, local = '', , st] = line.trim().split(/\s+/);
        const [address = '', at] = local.split(':');
        if (at !== hex || st !== state) return [];
        return [{ address: shown(address), any: /^0+$/.test(address) }];
      }),
  );
}

/** Words of 32 bits in the machine's order, in base 16. */
function shown(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  for (let at = 0; at < bytes.length; at += 4) bytes.subarray(at, at + 4).reverse();
  if (bytes.length === 4) return bytes.join('.');
  const mapped = bytes.subarray(0, 10).every((each) => each === 0) && bytes[10] === 255;
  return mapped ? bytes.subarray(12).join('.') : formatIp(bytes);
}
