/** Errors that tell of a name that a lab does not have, and which it has. */
import { LabError } from '../errors.ts';
import { near } from '../topology/words.ts';

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
