import { UsageError } from '../../errors.ts';
import { parseIp } from '../../model/ip.ts';
import { quoted } from '../../topology/words.ts';
import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { FAMILY_OPTIONS, familyOf, span, wholeNumber } from '../numbers.ts';
import { arpHead, arpLines, pingHead, pingSummary, refusalLine, replyLine } from '../ping.ts';
import { defineVerb } from '../verb.ts';

const COUNT = 4;
/** ARP and neighbour discovery give up after three seconds, and then it is known why nobody answers. */
const TIMEOUT_MS = 4000;

/** `netlab ping A B` */
export const verb = defineVerb(
  {
    name: 'ping',
    usage: 'ping [options] NODE NODE|NODE:IF|ADDRESS',
    about: [
      "Sends ICMP echo requests from a node and prints the answers as ping(8) does, by netlab's own means: the node needs no",
      'program. The second operand is a node, an interface of one, or an address (a link-local one with its zone, fe80::1%eth0).',
      'A node means its first line of /etc/hosts of which the sender has the family. What is not answered is told with the reason where',
      'the network or the kernel gives one. -c 0 goes on until Ctrl-C, which prints the statistics at any time.',
      '--arp asks on the link itself who has the address, by ARP, or by neighbour discovery of IPv6, and waits for all answers: two of',
      'them are two that have one address.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      count: {
        type: 'string',
        short: 'c',
        value: 'N',
        about: `how many requests: ${COUNT} unless said, 0 without end`,
      },
      interval: { type: 'string', short: 'i', value: 'TIME', about: 'between two requests: 1s unless said' },
      timeout: { type: 'string', short: 'W', value: 'TIME', about: 'for the last answer: 4s unless said' },
      size: { type: 'string', short: 's', value: 'BYTES', about: 'payload: 56 unless said' },
      ttl: { type: 'string', short: 't', value: 'HOPS', about: 'time to live' },
      from: { type: 'string', short: 'I', value: 'ADDRESS', about: "an address of the node's to send from" },
      'dont-fragment': { type: 'boolean', short: 'D', about: 'never in fragments' },
      arp: { type: 'boolean', about: 'who on the link has the address? As arping does; -W is 1s unless said' },
      ...FAMILY_OPTIONS,
    },
    inside: 'option',
    operands: { names: ['NODE', 'NODE'], min: 2, max: 2 },
    examples: [
      { type: 'netlab ping -6 -i 0.2 a r1:eth0', does: 'an interface, over IPv6, five times a second' },
      { type: 'netlab ping -D -s 1472 a 10.0.0.2', does: 'does a packet of 1500 bytes get through whole?' },
      { type: 'netlab ping --arp a b', does: "b's MAC address, and whether anybody else has its IP address" },
    ],
    exitCodes: [
      ['0', 'a request was answered; with --arp: by one'],
      ['1', 'none was; with --arp: by several, too; no such lab, node or address'],
      ['130', 'interrupted, after the statistics'],
    ],
  },
  async ({ options, operands: [a = '', b = ''], output }) => {
    const count = wholeNumber('-c', options.count, 0, 1_000_000_000) ?? COUNT;
    const size = wholeNumber('-s', options.size, 0, 65_507);
    const ttl = wholeNumber('-t', options.ttl, 1, 255);
    if (options.from !== undefined && parseIp(options.from.replace(/%.*$/, '')) === undefined)
      throw new UsageError(`option -I needs an address of the node's, found ${quoted(options.from)}`);
    const family = familyOf(options);
    const interval = span('-i', options.interval);
    const timeout = span('-W', options.timeout);
    if (options.arp) refuseOthers(options);
    const lab = await findLab(options.lab);
    const silent = output.json || output.quiet;
    const interrupt = interruptible(output, { first: 'interrupted', again: 'ending' });
    using _ = interrupt;
    const signal = AbortSignal.any([interrupt.signal, output.closed]);
    const only = family === undefined ? {} : { family };
    if (options.arp) {
      const onStart = (address: string, link: string): void => {
        if (!silent) output.print(arpHead(a, b, address, link));
      };
      const report = await lab.arp(a, b, { timeout, signal, onStart, ...only });
      if (output.json) output.printJson(report);
      else arpLines(report).forEach((line) => output.print(line));
      return interrupt.signal.aborted ? 130 : report.ok ? 0 : 1;
    }
    const report = await lab.ping(a, b, {
      count: count === 0 ? Infinity : count,
      interval,
      timeout: timeout ?? TIMEOUT_MS,
      size,
      ttl,
      from: options.from,
      dontFragment: options['dont-fragment'],
      ...only,
      signal,
      onStart: (address) => {
        if (!output.json) output.print(pingHead(b, address, size));
      },
      onReply: (reply) => {
        if (!silent) output.print(replyLine(reply));
      },
      onRefusal: (refusal) => {
        if (!silent) output.print(refusalLine(refusal));
      },
    });
    if (output.json) output.printJson(report);
    else output.print(`\n${pingSummary(report)}`);
    if (interrupt.signal.aborted) return 130;
    return report.ok ? 0 : 1;
  },
);

/** What is said of echo requests means nothing to ARP. */
const OF_ECHOES = ['count', 'interval', 'size', 'ttl', 'from', 'dont-fragment'] as const;

function refuseOthers(options: Readonly<Record<(typeof OF_ECHOES)[number], string | boolean | undefined>>): void {
  const other = OF_ECHOES.find((name) => options[name] !== undefined && options[name] !== false);
  if (other !== undefined) throw new UsageError(`--arp sends no echo requests: no --${other} with it`);
}
