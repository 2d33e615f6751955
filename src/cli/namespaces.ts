/** The namespaces of a lab, as `status --namespaces` prints them. */
import { NAMESPACE_KINDS } from '../model/namespace.ts';
import type { LabStatus, NamespaceNumbers } from '../model/report.ts';
import type { Palette } from './color.ts';
import { table, type Row } from './table.ts';

const HEAD = [
  'NODE',
  'PROCESS',
  'PID',
  ...NAMESPACE_KINDS.map((kind) => (kind === 'pid' ? 'PIDS' : kind.toUpperCase())),
];

/** A line for each node, and one for each process that is in others than its node. What it has in common with its node is dim. */
export function namespacesText({ members }: LabStatus, paint: Palette): string {
  const rows = members.flatMap(({ name, pid, namespaces: own = {}, processes }): Row[] => [
    [name, '', pid === null ? '' : String(pid), ...NAMESPACE_KINDS.map((kind) => String(own[kind] ?? ''))],
    ...processes.flatMap(({ name: process, pid: of, namespaces = {} }): Row[] =>
      differs(namespaces, own)
        ? [
            [
              '',
              process,
              of === null ? '' : String(of),
              ...NAMESPACE_KINDS.map((kind) => shown(namespaces[kind], own[kind], paint)),
            ],
          ]
        : [],
    ),
  ]);
  return table(HEAD, rows, paint.bold);
}

function differs(some: NamespaceNumbers, others: NamespaceNumbers): boolean {
  return NAMESPACE_KINDS.some(
    (kind) => some[kind] !== undefined && others[kind] !== undefined && some[kind] !== others[kind],
  );
}

function shown(number: number | undefined, common: number | undefined, paint: Palette): string {
  if (number === undefined) return '';
  return number === common ? paint.dim(String(number)) : String(number);
}
