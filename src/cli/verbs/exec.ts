import { UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { defineVerb } from '../verb.ts';

/** `netlab exec NODE -- COMMAND…` */
export const verb = defineVerb(
  {
    name: 'exec',
    usage: 'exec [options] NODE [--] COMMAND [ARGUMENT…]',
    about: [
      "Runs a command in a node's namespaces. Standard input, output and error are the caller's own, and so is the",
      'exit code. Options of netlab stand before NODE; all that follows it is the command, as it is: for pipes and',
      "variables say `sh -c '…'`. The command gets a terminal of its own when input, output and error of netlab are",
      'all terminals; -t asks for one, -T for none. With --json its output is collected and printed as a document.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      tty: { type: 'boolean', short: 't', about: 'give the command a terminal of its own' },
      process: {
        type: 'string',
        short: 'p',
        value: 'PROCESS',
        about: 'beside this process: in its namespaces, with its rights',
      },
      user: { type: 'string', short: 'u', value: 'USER', about: 'as this user: name, uid, uid:gid or name:group' },
      'no-tty': { type: 'boolean', short: 'T', about: 'pass the three streams through as they are' },
    },
    operands: { names: ['NODE', 'COMMAND'], min: 2, max: Infinity },
    command: true,
    failure: 125,
    examples: [
      { type: "netlab exec -l pair a -- sh -c 'ping -c 1 b && echo yes'", does: 'a line of shell, in the lab pair' },
      { type: 'netlab exec -u nobody -p web a id', does: 'beside the process web, as another user than its' },
      { type: 'netlab exec a tcpdump -c 10 -w - > a.pcap', does: 'binary output; the -- may be left out' },
    ],
    exitCodes: [
      ['N', "the command's own code; 128+N when signal N ended it"],
      ['125', 'netlab itself failed: wrong use, no such lab, no such node'],
      ['126', 'the command cannot be executed'],
      ['127', 'there is no such command'],
    ],
  },
  async ({ options, operands: [name = '', ...command], output }) => {
    if (options.tty && options['no-tty']) throw new UsageError('-t and -T exclude each other');
    const lab = await findLab(options.lab);
    const node = lab.node(name);
    const place = {
      ...(options.process === undefined ? {} : { process: options.process }),
      ...(options.user === undefined ? {} : { user: options.user }),
    };
    if (output.json) {
      const { exitCode, stdout, stderr } = await node.exec(command, place);
      output.printJson({ exitCode, stdout, stderr });
      return exitCode;
    }
    const [{ execReplace }, { isTerminal }] = await Promise.all([
      import('../../process/exec.ts'),
      import('../../sys/terminal.ts'),
    ]);
    const terminal = options.tty || (!options['no-tty'] && [0, 1, 2].every((fd) => isTerminal(fd)));
    const argv = await node.execArgv(command, { ...place, terminal });
    return execReplace(argv, [], node.environment);
  },
);
