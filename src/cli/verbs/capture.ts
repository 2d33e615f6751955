import { isatty } from 'node:tty';

import { UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import type { Capture } from '../../capture/capture.ts';
import type { Journey } from '../../capture/journey.ts';
import type { Lab } from '../library.ts';
import { companionOf, type Companion, runCompanion } from '../companion.ts';
import { findLab } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { span, wholeNumber } from '../numbers.ts';
import type { Output } from '../output.ts';
import { defineVerb } from '../verb.ts';

/** After the end of a command its last packets are waited for: until none has come for so long, and no longer than that. */
const QUIET_MS = 150;
const LONGEST_WAIT_MS = 2000;
/** So much of each packet is enough for a line, or to know it again; what offloading makes of 64 kB would fill the rings. */
const [FOR_LINE, FOR_WAY] = [2048, 512];
/** How often is looked which packets have come to the end of their way. */
const ENDED_MS = 250;

/** `netlab capture NODE:IF…` */
export const verb = defineVerb(
  {
    name: 'capture',
    usage: 'capture [options] [NODE:IF|NODE|all…]',
    about: [
      'Shows the packets of interfaces of any nodes, in the order of one clock: `r1:eth0`, `r1` for all that it has, `all` (or nothing)',
      'for all of the lab. A line each: where, > for what leaves and < for what comes in, seconds since the first, and what tcpdump says.',
      'With -w they go into a file of pcapng instead, with the name of the interface beside each, which Wireshark, tshark and tcpdump read (`-w - | wireshark -k -i -`).',
      'Filters are in the words of tcpdump, and a node stands for all its addresses. Ctrl-C ends it; the file is whole.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      filter: {
        type: 'string',
        short: 'f',
        value: 'FILTER',
        about: 'only packets that it means, by the words of tcpdump',
      },
      write: { type: 'string', short: 'w', value: 'FILE', about: 'write pcapng; - for standard output' },
      count: { type: 'string', short: 'n', value: 'COUNT', about: 'end after so many packets' },
      until: { type: 'string', value: 'WHEN', about: 'end after a time (10s), or with the packet that a filter means' },
      with: { type: 'string', value: 'COMMAND', about: 'run NODE -- COMMAND meanwhile, and end soon after it' },
      follow: { type: 'boolean', about: 'the way of each packet, joined from all interfaces' },
      snaplen: { type: 'string', short: 's', value: 'BYTES', about: 'keep no more of each packet' },
    },
    inside: 'option',
    operands: { names: ['NODE:IF|NODE|all'], min: 0, max: Infinity },
    examples: [
      { type: "netlab capture r1 -f 'icmp or arp'", does: 'what passes through r1, until Ctrl-C' },
      { type: "netlab capture --follow --with 'a -- ping -c 1 b'", does: 'the ways of one ping and its answer' },
      { type: 'netlab capture a:eth0 -n 100 -w a.pcapng', does: 'a hundred packets, for Wireshark' },
    ],
    exitCodes: [
      ['0', 'it came to its end; Ctrl-C is one'],
      ['1', 'no such lab or interface; the command of --with failed'],
    ],
  },
  async ({ options, operands, output }) => {
    const companion = options.with === undefined ? undefined : companionOf('--with', options.with);
    const { filter, write: path } = options;
    const said = wholeNumber('--snaplen', options.snaplen, 1, 262_144);
    const snaplen = said ?? (path !== undefined ? 262_144 : options.follow ? FOR_WAY : FOR_LINE);
    const rest = { filter, snaplen, count: wholeNumber('-n', options.count, 1, 1e12), until: untilOf(options.until) };
    if (path !== undefined && options.follow)
      throw new UsageError('--follow and -w exclude each other: a file has packets');
    if (path === '-' && isatty(1))
      throw new UsageError('-w - writes binary, and this is a terminal: say -w - | wireshark -k -i -');
    const lab = await findLab(options.lab);
    using interrupt = interruptible(output, { first: 'ending', again: 'ending' });
    const signal = AbortSignal.any([interrupt.signal, output.closed]);
    using capture = await lab.capture(operands.length === 0 ? ['all'] : operands, { ...rest, signal });
    const over = new AbortController();
    const ending = AbortSignal.any([interrupt.signal, over.signal]);
    const command = companion === undefined ? undefined : beside(lab, capture, companion, ending);
    // That it cannot be run is told when the capture has ended.
    void command?.catch(() => undefined);
    try {
      if (options.follow) await follow(capture, output);
      else if (path === undefined) await print(capture, output);
      else await record(capture, path, { snaplen, filter });
    } finally {
      // A ping that nobody counts would go on for ever.
      over.abort();
    }
    const code = await command;
    await conclude(capture, output, path);
    if (companion === undefined) return 0;
    output.note(`${options.with}: ended with ${code ?? 'the capture'}`);
    return code === undefined || code === 0 ? 0 : 1;
  },
);

/** A time, as all of them are said; or else a filter. */
function untilOf(text: string | undefined): number | string | undefined {
  return text !== undefined && /^[0-9.]+ ?(?:[a-z]+)?$/.test(text) ? span('--until', text) : text;
}

/** Runs it, and lets the capture end when no more comes: its exit code, or undefined when `signal` has ended it. */
async function beside(
  lab: Lab,
  capture: Capture,
  companion: Companion,
  signal: AbortSignal,
): Promise<number | undefined> {
  try {
    const code = await runCompanion(lab, companion, signal);
    if (signal.aborted) return undefined;
    const end = performance.now() + LONGEST_WAIT_MS;
    const ended = performance.now();
    while (performance.now() < end && Math.min(capture.silence, performance.now() - ended) < QUIET_MS)
      await new Promise((resolve) => setTimeout(resolve, QUIET_MS / 3));
    return code;
  } finally {
    capture.stop();
  }
}

async function print(capture: Capture, output: Output): Promise<void> {
  const { packetJson, PacketLines } = await import('../capture.ts');
  const lines = new PacketLines(
    capture.interfaces.map(({ name }) => name),
    output.paint,
  );
  for await (const batch of capture.batches()) {
    const text = batch.map((packet) => (output.json ? JSON.stringify(packetJson(packet)) : lines.line(packet)));
    output.print(text.join('\n'));
  }
}

/** Ways are told when they have ended, also when nothing else comes. */
async function follow(capture: Capture, output: Output): Promise<void> {
  const [{ Journeys }, { now }, { journeyBlock, journeyJson }, { PacketLines }] = await Promise.all([
    import('../../capture/journey.ts'),
    import('../../capture/capture.ts'),
    import('../journeys.ts'),
    import('../capture.ts'),
  ]);
  const nodes = new Set(capture.interfaces.map(({ node }) => node));
  const journeys = new Journeys({ owners: capture.owners, nodes });
  const lines = new PacketLines([], output.paint);
  const tell = (list: readonly Journey[]): void => {
    for (const journey of list) {
      const since = lines.since(journey.sightings[0]!.packet.time);
      output.print(output.json ? JSON.stringify(journeyJson(journey)) : journeyBlock(journey, since, output.paint));
    }
  };
  const timer = setInterval(() => tell(journeys.ended(now())), ENDED_MS);
  try {
    for await (const batch of capture.batches()) for (const packet of batch) journeys.add(packet);
  } finally {
    clearInterval(timer);
  }
  tell(journeys.rest());
}

async function record(
  capture: Capture,
  path: string,
  { snaplen, filter = '' }: { readonly snaplen: number; readonly filter: string | undefined },
): Promise<void> {
  const [{ CaptureFile }, { packageVersion }] = await Promise.all([
    import('../../capture/file.ts'),
    import('../../sys/package-version.ts'),
  ]);
  using file = new CaptureFile(path, capture);
  await file.begin({ application: `netlab ${packageVersion()}`, snaplen, filter });
  for await (const batch of capture.batches()) {
    await file.write(batch);
    if (file.closed) break;
  }
  await file.end();
}

async function conclude(capture: Capture, output: Output, path: string | undefined): Promise<void> {
  const { captureSummary } = await import('../capture.ts');
  const summary = capture.summary();
  if (capture.isLabGone) output.note(`the lab ${capture.lab} has gone`);
  if (output.json && path !== undefined && path !== '-') output.printJson({ ...summary, file: path });
  else output.note(captureSummary(summary));
}
