/** Questions that many rules ask of a node's interfaces. */
import type { Path } from '../../model/place.ts';
import type { Device, DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { didYouMean, quoted } from '../words.ts';

/** The interface of that name, or a problem at the word that names it. */
export function readDevice(node: DraftNode, name: string, at: Path, problems: Problems): Device | undefined {
  const device = node.devices.get(name);
  if (device === undefined && !unsure(node, problems)) {
    problems.error(at, `${node.name} has no interface ${quoted(name)}${didYouMean(name, node.devices.keys())}`);
  }
  return device;
}

/** Whether the node may lack interfaces or addresses only because what asked for them was refused. */
export function unsure(node: DraftNode, problems: Problems): boolean {
  return (
    problems.damaged(['links']) ||
    problems.damaged(['bridges']) ||
    problems.damaged([...node.at, 'interfaces']) ||
    problems.damaged(['defaults', 'node', 'interfaces'])
  );
}
