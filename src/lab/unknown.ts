/** Errors that tell of what is not there: a lab, or a name that it does not have, and which it has. */
import { LabError } from '../errors.ts';
import { keeperOf } from '../state/keepers.ts';
import { near } from '../topology/words.ts';

/** Before the lock of a lab is taken, which makes the folder of one that is not there. Throws LabError when it does not run. */
export function requireRunning(lab: string): void {
  if (keeperOf(lab) === undefined) throw new LabError(`the lab ${lab} does not run`);
}

/** It has no node, and no bridge, of that name. */
export function noNode(lab: string, node: string, known: readonly string[]): LabError {
  return new LabError(`the lab ${lab} has no node ${node}${near(node, known)}`);
}

/** A node has no such interface. */
export function noInterface(lab: string, node: string, link: string, known: readonly string[]): LabError {
  return new LabError(`${node} of ${lab} has no interface ${link}${near(link, known)}`);
}

/** A node has no such process. */
export function noProcess(lab: string, node: string, process: string, known: readonly string[]): LabError {
  return new LabError(`the node ${node} of ${lab} has no process ${process}${near(process, known)}`);
}
