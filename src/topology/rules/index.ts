/** All rules that the schema cannot say. Each file holds those of one noun. */
import type { Draft } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { assignAddresses } from './addresses.ts';
import { checkPorts } from './ports.ts';

/** Judges a draft; collects problems and, on the way, deals out addresses and bridge ports. */
export function checkRules(draft: Draft, problems: Problems): void {
  for (const node of draft.nodes.values()) checkPorts(node, problems);
  assignAddresses(draft, problems);
}
