/** Interfaces with a type: one of each kind that this kernel has, on what the node has already. */
import type { InterfaceDocument } from '../../../src/topology/document.ts';
import { has } from '../../support/index.ts';
import { byChance, type Interface, interfaceOf } from './interface.ts';
import type { DeviceSketch, NodeSketch } from './sketch.ts';

const KINDS = (['bridge', 'vxlan', 'macvlan', 'ifb'] as const).filter((kind) => has(kind));
const SHORT = { bridge: 'br', vxlan: 'vx', macvlan: 'mv', ifb: 'if' } as const;
/** Segments of devices come after those of links and bridges. */
const FIRST_SEGMENT = 16;
/** How many names a kind has in a node. */
const NAMES = 3;
const VXLAN_PORTS = [4789, 8472];
const MODES = ['bridge', 'private', 'vepa', 'passthru'] as const;

/** The interfaces of a node, those with a type after the others; ports know that they are. */
export function devicesOf({ slot, devices }: NodeSketch, attached: readonly Interface[]): Interface[] {
  const all = [...attached];
  for (const device of devices) {
    const made = deviceOf(device, slot, all);
    if (made === undefined || all.some(({ name }) => name === made.name)) continue;
    for (const name of made.document.ports ?? []) {
      const nth = all.findIndex((each) => each.name === name);
      // The kernel takes a port's packets before any address on it sees them.
      const { addresses: _, ...rest } = all[nth]!.document;
      all[nth] = { ...all[nth]!, document: rest, port: true };
    }
    all.push(made);
  }
  return all;
}

function deviceOf({ dice, end }: DeviceSketch, slot: number, all: readonly Interface[]): Interface | undefined {
  const kind = byChance(KINDS, dice[0]);
  const nth = dice[3] % NAMES;
  const document = documentOf(kind, dice, all);
  if (document === undefined) return undefined;
  const segment = FIRST_SEGMENT + 12 * slot + 3 * KINDS.indexOf(kind) + nth;
  // In mode passthru it has the address of what it stands on.
  const own = document.mode === 'passthru' ? { ...end, mac: null } : end;
  return interfaceOf(`${end.renamed ? 'x' : ''}${SHORT[kind]}${nth}`, segment, slot + 1, own, document);
}

function documentOf(
  kind: (typeof KINDS)[number],
  [, on, what, more]: DeviceSketch['dice'],
  all: readonly Interface[],
): InterfaceDocument | undefined {
  const lowers = all.filter(({ document: { type }, port }) => type === undefined && !port);
  const taken = new Set(all.flatMap(({ document: { type, link } }) => (type === 'macvlan' ? [link] : [])));
  switch (kind) {
    case 'bridge': {
      const fit = all.filter(({ name, document: { type }, port }) => type !== 'bridge' && !port && !taken.has(name));
      const ports = fit.filter((_, i) => ((on >> (i % 5)) & 1) === 1).map(({ name }) => name);
      return { type: kind, ports, ...(what % 5 === 0 ? { stp: true } : {}) };
    }
    case 'vxlan': {
      const lower = on % 3 === 0 ? undefined : lowers[on % Math.max(1, lowers.length)];
      const local = lower?.document.addresses?.find((address) => /^10\..*\/24$/.test(address))?.replace(/\/.*/, '');
      return {
        type: kind,
        id: 10 + (what % 4),
        ...(lower === undefined ? {} : { link: lower.name }),
        ...(local === undefined || what % 3 === 0 ? {} : { local }),
        ...(what % 7 === 0 ? { remote: `192.0.2.${1 + (on % 3)}` } : {}),
        port: byChance(VXLAN_PORTS, more),
        ...(what % 2 === 0 ? { learning: false } : {}),
      };
    }
    case 'macvlan': {
      const free = lowers.filter(({ name }) => what % 4 !== 3 || !taken.has(name));
      const lower = free[on % Math.max(1, free.length)];
      return lower === undefined ? undefined : { type: kind, link: lower.name, mode: byChance(MODES, what) };
    }
    case 'ifb':
      return { type: kind };
  }
}
