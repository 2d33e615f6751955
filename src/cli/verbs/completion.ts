import { UsageError } from '../../errors.ts';
import { SCRIPTS } from '../completion/scripts.ts';
import { defineVerb } from '../verb.ts';

/** `netlab completion SHELL` */
export const verb = defineVerb(
  {
    name: 'completion',
    usage: 'completion bash|zsh|fish',
    about: [
      'Prints a script with which your shell completes verbs, options, topology files, and the names of running',
      'labs, nodes and processes. Put the line of the example for your shell into its startup file.',
    ].join(' '),
    options: {},
    operands: { names: ['bash|zsh|fish'], min: 1, max: 1 },
    examples: [
      { type: 'netlab completion bash', does: 'in ~/.bashrc: source <(netlab completion bash)' },
      { type: 'netlab completion zsh', does: 'in ~/.zshrc, after compinit: the same with zsh' },
      { type: 'netlab completion fish', does: 'in config.fish: netlab completion fish | source' },
    ],
  },
  async ({ operands: [shell = ''], output }) => {
    const script = Object.hasOwn(SCRIPTS, shell) ? SCRIPTS[shell] : undefined;
    if (script === undefined)
      throw new UsageError(`there is completion for bash, zsh and fish, not for ${JSON.stringify(shell)}`);
    if (output.json) output.printJson({ shell, script });
    else output.printRaw(script);
    return 0;
  },
);
