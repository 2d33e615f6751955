import { UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { interruptible } from '../interrupt.ts';
import { FAMILY_OPTIONS, familyOf, wholeNumber } from '../numbers.ts';
import { whyLines } from '../why.ts';
import { defineVerb } from '../verb.ts';

const PROTOCOLS = ['icmp', 'tcp', 'udp'] as const;

/** `netlab why A B` */
export const verb = defineVerb(
  {
    name: 'why',
    usage: 'why [options] NODE NODE|NODE:IF|ADDRESS',
    about: [
      'Follows a packet from a node to another one, and the answer back: sends a real one, watches it at every interface of the lab, asks each kernel',
      'on its way what it decides (routes, rules, neighbours, forwarding, rp_filter, bridges, packet filters, listening sockets), and names the first',
      'thing that stops it, with the line of the topology to look at and what would mend it. It says "reaches" only when an answer came back.',
      'The probe is an echo request, unless --proto says tcp or udp. Nothing is changed: for as long as a probe is on its way, nodes that filter packets',
      'have an nftables table netlab-why, which the kernel removes however this command ends.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      proto: { type: 'string', value: 'PROTO', words: PROTOCOLS, about: 'icmp (unless said), tcp or udp' },
      port: { type: 'string', short: 'p', value: 'N', about: 'the port, for tcp and udp; a port alone means tcp' },
      size: { type: 'string', short: 's', value: 'BYTES', about: 'payload of an echo request that may not be cut' },
      ...FAMILY_OPTIONS,
    },
    inside: 'option',
    operands: { names: ['NODE', 'NODE'], min: 2, max: 2 },
    examples: [
      { type: 'netlab why pc1 pc2', does: 'why does pc1 not reach pc2?' },
      { type: 'netlab why --proto tcp --port 80 client web', does: 'and why not its web server?' },
      { type: 'netlab why -s 1472 pc1 10.0.2.2', does: 'does a packet of 1500 bytes get through whole?' },
    ],
    exitCodes: [
      ['0', 'it reaches: the answer came back'],
      ['1', 'it does not; no such lab, node or address'],
      ['130', 'interrupted'],
    ],
  },
  async ({ options, operands: [a = '', b = ''], output }) => {
    const port = wholeNumber('--port', options.port, 1, 65_535);
    const proto = options.proto ?? (port === undefined ? 'icmp' : 'tcp');
    if (proto !== 'icmp' && port === undefined) throw new UsageError(`--proto ${proto} needs a --port`);
    if (proto === 'icmp' && port !== undefined)
      throw new UsageError('ICMP has no ports: leave --port out, or say --proto tcp');
    const size = wholeNumber('-s', options.size, 8, 65_507);
    if (proto !== 'icmp' && size !== undefined) throw new UsageError('-s is for ICMP alone');
    const family = familyOf(options);
    const lab = await findLab(options.lab);
    using interrupt = interruptible(output, { first: 'interrupted', again: 'ending' });
    const report = await lab.why(a, b, {
      proto,
      ...(port === undefined ? {} : { port }),
      ...(size === undefined ? {} : { size }),
      ...(family === undefined ? {} : { family }),
      signal: interrupt.signal,
    });
    if (output.json) output.printJson(report);
    else output.print(whyLines(report, output.paint).join('\n'));
    return report.reaches ? 0 : 1;
  },
);
