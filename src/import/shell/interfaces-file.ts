/** /etc/network/interfaces of ifupdown → the commands that `ifup -a` runs. */

/** Where it stands in a node. */
export const INTERFACES_FILE = '/etc/network/interfaces';

interface Stanza {
  readonly dev: string;
  readonly family: string;
  readonly method: string;
  readonly options: (readonly [name: string, value: string])[];
}

/** In the order of the file; interfaces that are not `auto` or `allow-hotplug` stay as they are. */
export function commandsOfInterfaces(text: string): string[] {
  const auto = new Set<string>();
  const stanzas: Stanza[] = [];
  for (const raw of text.replaceAll('\\\n', ' ').split('\n')) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    const [word = '', ...rest] = line.split(/\s+/);
    if (word === 'auto' || word === 'allow-hotplug') for (const dev of rest) auto.add(dev);
    else if (word === 'iface') {
      const [dev = '', family = 'inet', method = 'static'] = rest;
      stanzas.push({ dev, family, method, options: [] });
    } else stanzas.at(-1)?.options.push([word, line.slice(word.length).trim()]);
  }
  return stanzas.filter(({ dev, method }) => auto.has(dev) && method !== 'loopback').flatMap(commandsOf);
}

function commandsOf({ dev, family, method, options }: Stanza): string[] {
  const all = (...names: string[]): string[] =>
    options.filter(([name]) => names.includes(name)).map(([, value]) => value);
  const [address, mask, gateway, mtu, mac] = ['address', 'netmask', 'gateway', 'mtu', 'hwaddress'].map(
    (name) => all(name)[0],
  );
  const own = family === 'inet6' ? 'ip -6' : 'ip';
  const commands = all('pre-up');
  if (mac !== undefined) commands.push(`ip link set dev ${dev} address ${mac.replace(/^ether\s+/, '')}`);
  if (mtu !== undefined) commands.push(`ip link set dev ${dev} mtu ${mtu}`);
  if (method === 'dhcp') commands.push(`ip link set dev ${dev} up`, `udhcpc -b -q -i ${dev} || dhclient ${dev}`);
  else if (method === 'static' && address !== undefined) {
    const ports = all('bridge_ports', 'bridge-ports')[0]
      ?.split(/\s+/)
      .filter((port) => port !== 'none' && port !== '');
    if (ports !== undefined) commands.push(`brctl addbr ${dev}`, ...ports.map((port) => `brctl addif ${dev} ${port}`));
    const gauge = mask === undefined || address.includes('/') ? '' : /^\d+$/.test(mask) ? `/${mask}` : undefined;
    commands.push(
      gauge === undefined
        ? `ifconfig ${dev} ${address} netmask ${mask!}`
        : `${own} address add ${address}${gauge} dev ${dev}`,
      `ip link set dev ${dev} up`,
    );
    if (gateway !== undefined) commands.push(`${own} route add default via ${gateway} dev ${dev}`);
  } else commands.push(`ip link set dev ${dev} up`);
  return [...commands, ...all('up', 'post-up')].map((command) => command.replaceAll('$IFACE', dev));
}
