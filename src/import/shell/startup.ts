/**
 * The scripts that a node of another tool runs when it starts → topology keys, `setup` and `processes`.
 *
 * What stands in the topology is there before anything is run. So a command becomes a key only as long as nothing before it is kept whose
 * effect on the network nobody knows; from such a line on, all that is about the network is kept too, in its order.
 */
import type { Origin } from '../draft.ts';
import { isIptables, readIptables, speaksOfFilters } from '../filter/iptables.ts';
import { type FilterLine, takeFilters } from '../filter/take.ts';
import { isAboutNetwork, networkCommand } from '../network/command.ts';
import type { Network } from '../network/network.ts';
import { commandsOf } from './commands.ts';
import { isAside, isAsideText, isInstall, isShellOnly } from './programs.ts';
import { servicesOf } from './service-command.ts';
import { fillStages, type Step, type StageOptions } from './stages.ts';
import { commandsOfInterfaces, INTERFACES_FILE } from './interfaces-file.ts';
import { type Unit, unitsOf } from './units.ts';
import { Variables } from './variables.ts';

/** A script, and where it stands. */
export interface Script {
  readonly text: string;
  /** The place of its first line. */
  readonly origin: Origin;
  /** Whether it is a value of that line, rather than a file of its own. */
  readonly inLine?: boolean;
}

/** Fills the node of a network with what its scripts do, one after the other. */
export function addStartup(network: Network, scripts: readonly Script[], options: StageOptions): void {
  const steps: Step[] = [];
  const filters: FilterLine[] = [];
  let careful = false;
  const hostname = network.node.hostname ?? network.name;
  for (const script of scripts) {
    const variables = new Variables(options.env ?? {}, hostname);
    const units = unitsOf(script.text).flatMap((each) => withInterfaces(each, options));
    for (const unit of units.flatMap((each) => followed(each, variables))) {
      const { file, line, column } = script.origin;
      const at: Origin =
        script.inLine === true ? script.origin : { file, line: line + unit.line - 1, column: column + unit.column - 1 };
      const origin: Origin = { ...at, subject: script.origin.subject ?? shortened(unit.text) };
      const commands = unit.compound ? undefined : commandsOf(unit.text);
      if (commands === undefined) {
        steps.push({ kind: 'kept', text: unit.text, origin, ...(mayFilter(unit.text) ? { does: 'anything' } : {}) });
        careful ||= !isShellOnly(unit.text) && !isAsideText(unit.text);
      }
      for (const command of commands ?? []) {
        const services = servicesOf(command.words);
        if (services !== undefined) steps.push(...services.map((name) => ({ kind: 'service', name, origin }) as const));
        else if (command.background) steps.push({ kind: 'background', command, origin });
        else if (isIptables(command.words)) {
          filters.push({ line: readIptables(command.words), origin });
          steps.push({ kind: 'kept', text: command.text, origin, does: 'filter' });
        } else {
          const outcome = careful ? undefined : networkCommand(network, command, { ...origin, command: command.text });
          if (outcome === 'done') continue;
          const isForeign = outcome === undefined && !isAside(command) && !isAboutNetwork(command);
          const does =
            isForeign || (speaksOfFilters(command.text) && !isInstall(command)) ? ({ does: 'anything' } as const) : {};
          steps.push({ kind: 'kept', text: command.text, origin, ...does });
          if (outcome === 'unknown' || (outcome === undefined && !isAside(command))) careful = true;
        }
      }
    }
  }
  fillStages(network, withoutFilters(network, steps, filters), options);
}

/** The steps that are left when the lines about packet filters stand in keys: all of them, where any program may say something about filters too. */
function withoutFilters(network: Network, steps: readonly Step[], filters: readonly FilterLine[]): readonly Step[] {
  const isKnown = steps.every((step) => {
    if (step.kind === 'service') return !/nftables|netfilter|firewall|iptables|ufw|docker|fail2ban/.test(step.name);
    return step.kind === 'background' ? !/\bsh$|\.sh$/.test(step.command.words[0] ?? '') : step.does !== 'anything';
  });
  if (filters.length === 0 || !isKnown || !takeFilters(network, filters)) return steps;
  return steps.filter((step) => step.kind !== 'kept' || step.does !== 'filter');
}

/** Whether a piece of a script that is not followed may say something about packet filters: it names them, or runs what stands elsewhere. */
function mayFilter(text: string): boolean {
  return speaksOfFilters(text) || /\.sh\b|(?:^|[\s;&|])(?:source|eval|\.)\s/.test(text);
}

/** A loop as its rounds, and other statements with their variables replaced, where that leaves nothing but commands, and some that become keys. */
function followed(unit: Unit, variables: Variables): Unit[] {
  const rounds = variables.rounds(unit);
  if (rounds !== undefined && isWorthwhile(rounds)) return rounds;
  if (isShellOnly(unit.text)) variables.note(unit.text);
  else variables.forget(unit.text);
  const text = unit.compound || !unit.text.includes('$') ? undefined : variables.fill(unit.text);
  const filled = text === undefined ? [] : [{ ...unit, text }];
  return isWorthwhile(filled) ? filled : [unit];
}

function isWorthwhile(units: readonly Unit[]): boolean {
  const commands = units.map(({ text, compound }) => (compound ? undefined : commandsOf(text)));
  return (
    commands.every((each) => each !== undefined) &&
    commands.flat().some((command) => isAboutNetwork(command) || isIptables(command.words))
  );
}

function shortened(text: string): string {
  const [first = ''] = text.split('\n');
  return first.length > 60 || text.includes('\n') ? `${first.slice(0, 57)}…` : first;
}

/** A line that starts `networking` is what /etc/network/interfaces of the node says. */
function withInterfaces(unit: Unit, { files }: StageOptions): Unit[] {
  const text = files.text(INTERFACES_FILE);
  const isStart = (commandsOf(unit.text) ?? []).some(
    ({ words }) => servicesOf(words)?.includes('networking') === true || words.join(' ') === 'ifup -a',
  );
  return text === undefined || !isStart ? [unit] : commandsOfInterfaces(text).map((line) => ({ ...unit, text: line }));
}
