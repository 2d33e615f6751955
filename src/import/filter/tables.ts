/** The tables of iptables while a script is followed, line by line. */
import { isDeepStrictEqual } from 'node:util';

import type { Origin } from '../draft.ts';
import type { TableLine, TableRule } from './iptables.ts';

/** A rule, and the line that asked for it. */
export interface PlacedRule {
  readonly rule: TableRule;
  readonly origin: Origin;
}

/** A chain of a table. */
export interface TableChain {
  policy: 'accept' | 'drop';
  readonly rules: PlacedRule[];
}

/** The chains that the kernel asks, of the tables that the language has. */
const CHAINS: Readonly<Record<string, readonly string[]>> = {
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  nat: ['PREROUTING', 'POSTROUTING'],
};

/** Empty tables of a new node, and what lines make of them. */
export class Tables {
  readonly #chains = new Map<string, TableChain>(
    Object.entries(CHAINS).flatMap(([table, names]) =>
      names.map((name): [string, TableChain] => [`${table} ${name}`, { policy: 'accept', rules: [] }]),
    ),
  );

  /** The chain of that name. */
  chain(table: string, name: string): TableChain {
    return this.#chains.get(`${table} ${name}`)!;
  }

  /** Does what a line says; false where that cannot be said of these chains. */
  take(line: TableLine, origin: Origin): boolean {
    if (line.verb === 'nothing') return true;
    const { table } = line;
    // Tables that nobody wrote to are empty.
    if (line.verb === 'flush' && line.chain === undefined) {
      for (const name of CHAINS[table] ?? []) this.chain(table, name).rules.length = 0;
      return Object.hasOwn(CHAINS, table) || /^(?:mangle|raw|security)$/.test(table);
    }
    const chain = this.#chains.get(`${table} ${line.chain}`);
    if (chain === undefined) return (line.verb === 'flush' || line.verb === 'policy') && isOpen(line);
    const { rules } = chain;
    switch (line.verb) {
      case 'flush':
        rules.length = 0;
        return true;
      case 'policy':
        if (!/^(?:ACCEPT|DROP)$/.test(line.policy) || (table === 'nat' && line.policy !== 'ACCEPT')) return false;
        chain.policy = line.policy === 'DROP' ? 'drop' : 'accept';
        return true;
      case 'append':
        rules.push({ rule: line.rule, origin });
        return true;
      case 'insert':
        if (line.at > rules.length + 1) return true;
        rules.splice(line.at - 1, 0, { rule: line.rule, origin });
        return true;
      case 'delete at':
        rules.splice(line.at - 1, 1);
        return true;
      case 'delete': {
        const found = rules.findIndex(({ rule }) => isDeepStrictEqual(rule, line.rule));
        if (found >= 0) rules.splice(found, 1);
        return true;
      }
    }
  }
}

/** Whether it says of another chain of the kernel's what holds anyhow. */
function isOpen(line: TableLine & { readonly chain?: string }): boolean {
  const isKernels = /^(?:PREROUTING|INPUT|FORWARD|OUTPUT|POSTROUTING)$/.test(line.chain ?? '');
  return isKernels && (line.verb === 'flush' || (line.verb === 'policy' && line.policy === 'ACCEPT'));
}
