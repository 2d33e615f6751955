/** The members of bridges, bonds and vrfs that stand in a node. */
import { items } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import type { Problems } from '../problems.ts';
import { article, quoted } from '../words.ts';
import { isEthernet } from './devices.ts';

/** Makes each interface that a bridge, bond or vrf names as its port know its master. */
export function checkPorts(node: DraftNode, problems: Problems): void {
  for (const master of node.devices.values()) {
    if (master.type !== 'bridge' && master.type !== 'bond' && master.type !== 'vrf') continue;
    for (const [i, name] of items(master.document?.ports)) {
      const at = [...master.home, 'ports', i];
      const port = node.devices.get(name);
      if (port === undefined) {
        if (problems.damaged(['links']) || problems.damaged([...node.at, 'interfaces', name])) continue;
        problems.error(
          at,
          `${node.name} has no interface ${quoted(name)}${problems.didYouMean(name, node.devices.keys())}`,
        );
        continue;
      }
      const why = unfit(port, master);
      if (why === undefined) port.master = master.name;
      else problems.error(at, why);
    }
  }
}

/** Why an interface cannot be the port of another; undefined when it can. */
function unfit(port: Device, master: Device): string | undefined {
  const { name, type } = port;
  if (port === master) return `${name} cannot be a port of itself`;
  if (type === 'loopback') return `lo cannot be the port of a ${master.type}`;
  // br_add_if() answers ELOOP to any bridge, and a vrf or a bond has no place in another.
  if (type === master.type) return `${name} is a ${type}, which cannot be the port of another ${type}`;
  if (type === 'vrf' || (type === 'bridge' && master.type === 'bond'))
    return `${name} is a ${type}, which cannot be the port of a ${master.type}`;
  if (!isEthernet(port) && master.type !== 'vrf')
    return `${name} is ${article(type)}, which carries no Ethernet, and cannot be the port of a ${master.type}`;
  if (port.master === undefined) return undefined;
  return `${name} is a port of ${port.master === master.name ? `this ${master.type} twice` : `${port.master} already`}`;
}
