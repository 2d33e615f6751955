import type { Link } from '../model/resource.ts';
import { dellink } from '../netlink/spec/rt-link.ts';
import { compare, compareExactly, type Kind } from './kind.ts';
import { bond, joins, leave, type LinkChange, setLink } from './link/device.ts';
import { deviceOf } from './link/devices.ts';
import { isFirst } from './link/veth.ts';
import { linkCommands, linkRemoveCommands, linkUpdateCommands } from './link-commands.ts';
import { hairpin, placeRequests, quiet } from './link-port.ts';
import { FLAGS, route } from './request.ts';

/** A network device: the loopback, or one of the kinds in link/devices.ts. */
export const link: Kind<Link> = {
  kind: 'link',
  key: ({ node, name }) => `${node}:${name}`,
  describe: ({ node, name, type, peer }) =>
    `link ${node}:${name} (${peer === undefined ? type : `${type} to ${peer.node}:${peer.link}`})`,

  differences(wanted, found) {
    if (wanted.type !== found.type) return compare('type', wanted.type, found.type);
    return [
      ...compare('mtu', wanted.mtu, found.mtu),
      ...compare('mac', wanted.mac, found.mac),
      ...compareExactly('master', wanted.master, found.master),
      ...compareExactly('hairpin', wanted.hairpin, found.hairpin),
      ...compare('up', wanted.up, found.up),
      ...(deviceOf(wanted.type)?.differences(wanted, found) ?? []),
    ];
  },
  mustReplace: (differences, wanted) =>
    differences.some(
      (difference) => difference.field === 'type' || deviceOf(wanted.type)?.isFixed(difference, wanted) === true,
    ),

  create(wanted, around) {
    if (wanted.type === 'loopback') return setLink(wanted, around, { up: wanted.up });
    return [...(deviceOf(wanted.type)?.create(wanted, around) ?? []), ...placeRequests(wanted, around)];
  },

  update(wanted, found, differences, around) {
    const fields = new Set(differences.map(({ field }) => field));
    const bonded = fields.has('master') && joins(wanted, around) === 'bond';
    const options = deviceOf(wanted.type)?.change(wanted, fields, around) ?? [];
    const mtu = fields.has('mtu') && wanted.mtu !== undefined ? { mtu: wanted.mtu } : {};
    // What it will stand on may be wider than what it stands on; and to a narrower one the kernel would fit it without a word to IPv6.
    const grows = options.length > 0 && (wanted.mtu ?? 0) > (found.mtu ?? 0);
    const changed: LinkChange = {
      ...(grows ? {} : mtu),
      ...(fields.has('mac') && wanted.mac !== undefined ? { mac: wanted.mac } : {}),
      ...(fields.has('master') && wanted.master !== undefined && !bonded ? { master: wanted.master } : {}),
      ...(fields.has('up') && !bonded ? { up: wanted.up } : {}),
    };
    return [
      // One that is down may have been left so by a run that was killed before it had written them.
      ...(fields.has('up') ? quiet(wanted, around) : []),
      ...(fields.has('master') && found.master !== undefined ? leave(wanted, around) : []),
      ...setLink(wanted, around, changed),
      ...(bonded ? bond(wanted, around) : []),
      ...(fields.has('hairpin') && wanted.master !== undefined ? hairpin(wanted, around) : []),
      ...options,
      ...(grows ? setLink(wanted, around, mtu) : []),
    ];
  },

  remove(found, around) {
    // lo goes with its namespace only, and the second end of a pair with the first.
    if (found.type === 'loopback' || around.isDropped(found.node)) return [];
    if (found.peer !== undefined && !around.isDropped(found.peer.node) && !isFirst(found)) return [];
    const header = { index: around.index(found.node, found.name) };
    return [route('unlink', found.node, dellink, { header, attrs: {} }, FLAGS.change, ['ENODEV'])];
  },

  commands: linkCommands,
  updateCommands: (wanted, _found, differences, around) => linkUpdateCommands(wanted, differences, around),
  removeCommands: linkRemoveCommands,
};
