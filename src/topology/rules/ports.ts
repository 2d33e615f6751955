/** The ports of bridges that stand in a node. */
import { items } from '../document.ts';
import type { DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { didYouMean, quoted } from '../words.ts';

/** Makes each interface that a bridge names as its port know its master. */
export function checkPorts(node: DraftNode, problems: Problems): void {
  for (const bridge of node.devices.values()) {
    if (bridge.type !== 'bridge') continue;
    for (const [i, name] of items(bridge.document?.ports)) {
      const at = [...bridge.home, 'ports', i];
      const port = node.devices.get(name);
      if (port === undefined) {
        if (problems.damaged(['links']) || problems.damaged([...node.at, 'interfaces', name])) continue;
        problems.error(at, `${node.name} has no interface ${quoted(name)}${didYouMean(name, node.devices.keys())}`);
      } else if (port === bridge) problems.error(at, `${name} cannot be a port of itself`);
      else if (port.type === 'loopback') problems.error(at, 'lo cannot be the port of a bridge');
      // br_add_if() answers ELOOP to any bridge, so there are no cycles to look for.
      else if (port.type === 'bridge')
        problems.error(at, `${name} is a bridge, which cannot be the port of another bridge`);
      else if (port.master !== undefined) {
        const where = port.master === bridge.name ? 'twice' : `of ${port.master} already`;
        problems.error(at, `${name} is a port ${port.master === bridge.name ? 'of this bridge twice' : where}`);
      } else port.master = bridge.name;
    }
  }
}
