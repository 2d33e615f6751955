/** What an interface of a certain type must say, and what it cannot. Tunnels have a file of their own. */
import { items, own, type InterfaceDocument } from '../document.ts';
import type { Device, DraftNode } from '../draft.ts';
import { MODES } from '../expand/devices.ts';
import type { Problems } from '../problems.ts';
import { article, didYouMean, oneOf, quoted } from '../words.ts';
import { below, isEthernet, mtuOf } from './devices.ts';

/** Judges what one interface says, by its type. */
export function checkDevice(node: DraftNode, device: Device, document: InterfaceDocument, problems: Problems): void {
  const { type, home } = device;
  const lacks = (name: keyof InterfaceDocument, why: string): void => {
    if (document[name] !== undefined || problems.damaged([...home, name])) return;
    problems.keyError(home, `the key ${quoted(name)} is missing: ${why}`);
  };
  if (type === 'vlan') {
    lacks('id', 'a vlan has a number (id: 10)');
    const { id } = document;
    if (id !== undefined && (id < 1 || id > 4094))
      problems.error([...home, 'id'], `found ${id}, expected the number of a VLAN, from 1 to 4094`);
  }
  if (type === 'vlan' || type === 'macvlan' || type === 'ipvlan') {
    lacks('link', `${article(type)} stands on another interface (link: eth0)`);
    checkRoom(node, device, problems);
  }
  if (type === 'vrf') lacks('table', 'a vrf is a routing table (table: 10)');
  checkMode(device, document, problems);
  checkForeignMac(node, device, document, problems);
  if (type === 'bond') checkBond(node, device, document, problems);
}

/** `vlan_dev_change_mtu()`, `macvlan_change_mtu()`: no wider than what is under it. */
function checkRoom(node: DraftNode, device: Device, problems: Problems): void {
  const lower = below(node, device);
  const room = lower === undefined ? undefined : mtuOf(node, lower);
  if (room === undefined || device.mtu === undefined || device.mtu <= room) return;
  problems.error(
    device.mtuAt ?? device.home,
    `found ${device.mtu}, expected at most ${room}, which is what ${lower!.name} takes`,
  );
}

function checkMode({ type, home }: Device, { mode }: InterfaceDocument, problems: Problems): void {
  const words: readonly string[] | undefined = own(MODES, type);
  if (mode === undefined || words === undefined || words.includes(mode)) return;
  const near = didYouMean(mode, words);
  const expected = near === '' ? `, expected ${oneOf(words)}` : near;
  problems.error([...home, 'mode'], `found ${quoted(mode)}${expected}`);
}

/** A link-layer address that the kernel takes from another interface, or has no place for. */
function checkForeignMac(node: DraftNode, device: Device, document: InterfaceDocument, problems: Problems): void {
  if (document.mac === undefined) return;
  const { name, type, home, master } = device;
  const bond = master === undefined ? undefined : node.devices.get(master);
  const lender = document.link ?? 'the interface under it';
  const why = !isEthernet(device)
    ? `${name} is ${article(type)}, which has no MAC address`
    : type === 'ipvlan' || (type === 'macvlan' && document.mode === 'passthru')
      ? `${name} has the MAC address of ${lender}`
      : bond?.type === 'bond'
        ? `${name} is a member of ${bond.name}, and takes its MAC address`
        : undefined;
  if (why !== undefined) problems.keyError([...home, 'mac'], why);
}

function checkBond(node: DraftNode, bond: Device, { ports }: InterfaceDocument, problems: Problems): void {
  const members = items(ports).flatMap(([, name]) => node.devices.get(name) ?? []);
  const mtu = bond.mtu ?? Math.min(...members.map((member) => member.mtu ?? 1500));
  for (const member of members) {
    if (member.master !== bond.name) continue;
    for (const { at } of member.addresses)
      problems.error(at, `${member.name} is a member of ${bond.name}, which has the addresses in its place`);
    if (member.mtu !== undefined && member.mtu !== mtu) {
      const at = member.mtuAt ?? member.home;
      problems.error(at, `found ${member.mtu}, expected ${mtu}: ${bond.name} gives all of its members one MTU`);
    }
  }
}
