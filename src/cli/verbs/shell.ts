import { UsageError } from '../../errors.ts';
import { LAB_OPTION } from '../args.ts';
import { findLab } from '../find-lab.ts';
import { LOGIN_SHELL } from '../login-shell.ts';
import { defineVerb } from '../verb.ts';

/** `netlab shell NODE` */
export const verb = defineVerb(
  {
    name: 'shell',
    usage: 'shell [options] NODE',
    about: [
      'Opens a login shell in a node: $SHELL, else /bin/bash, else /bin/sh, whichever the node has. It has a terminal',
      'of its own, with window size, signals and job control; leave it with exit or Ctrl-D. When standard input is no',
      'terminal, the shell reads its commands from there.',
      'Without -l: netlab.yaml in this folder, else the only lab that runs.',
    ].join(' '),
    options: {
      ...LAB_OPTION,
      process: {
        type: 'string',
        short: 'p',
        value: 'PROCESS',
        about: 'beside this process: in its namespaces, with its rights',
      },
      user: { type: 'string', short: 'u', value: 'USER', about: 'as this user: name, uid, uid:gid or name:group' },
    },
    operands: { names: ['NODE'], min: 1, max: 1 },
    failure: 125,
    examples: [
      { type: 'netlab shell -l pair a', does: 'look around in the node a of the lab pair' },
      { type: 'netlab shell -p web a', does: 'beside its process web: as its user, with no more rights than it has' },
      { type: 'netlab shell a < commands.sh', does: 'run a script in it' },
    ],
    exitCodes: [
      ['N', "the shell's own code"],
      ['125', 'netlab itself failed: wrong use, no such lab, no such node'],
    ],
  },
  async ({ options, operands: [name = ''], output }) => {
    if (output.json) throw new UsageError('a shell has no JSON; use `netlab exec --json NODE -- COMMAND`');
    const lab = await findLab(options.lab);
    const node = lab.node(name);
    const [{ execReplace }, { isTerminal }] = await Promise.all([
      import('../../process/exec.ts'),
      import('../../sys/terminal.ts'),
    ]);
    const argv = await node.execArgv(LOGIN_SHELL, {
      terminal: isTerminal(0),
      ...(options.process === undefined ? {} : { process: options.process }),
      ...(options.user === undefined ? {} : { user: options.user }),
    });
    return execReplace(argv, [], node.environment);
  },
);
