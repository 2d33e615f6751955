/** Graphs for the tests of pictures: of the examples, and drawn at random. */
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { graphOf } from '../../src/graph/build.ts';
import type { Drawing } from '../../src/graph/drawing.ts';
import type { Graph, GraphBox } from '../../src/model/graph.ts';
import { expandObject, type LoadedTopology, loadTopology } from '../../src/topology/load.ts';
import { type Dice, dice } from './random.ts';

const FOLDER = fileURLToPath(new URL('../../../topologies/', import.meta.url));

/** The names of the examples. */
export const EXAMPLES: readonly string[] = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => name.replace(/\.yaml$/, ''))
  .toSorted();

/** An example, as it is drawn. */
export function exampleGraph(name: string): Graph {
  return drawnFrom(loadTopology(`${FOLDER}${name}.yaml`));
}

/** An object of the language, as it is drawn. */
export function objectGraph(topology: object): Graph {
  return drawnFrom(expandObject(topology, 'drawn'));
}

function drawnFrom({ model: { name, description, resources } }: LoadedTopology): Graph {
  return graphOf(resources, { lab: name, description, source: 'file' });
}

/** A topology at random: nodes with names and addresses of any length, switches, switches in nodes, loops, islands. */
export function randomTopology(seed: number, nodes: number): object {
  const roll: Dice = dice(seed);
  const names = Array.from({ length: nodes }, (_, i) => `${['r', 'pc', 'a-rather-long-name', 'dc'][roll(4)]}${i}`);
  const used = new Map<string, number>();
  const end = (name: string): string => {
    const number = used.get(name) ?? 0;
    used.set(name, number + 1);
    return `${name}:${roll(6) === 0 ? 'interface' : 'eth'}${number}`;
  };
  let network = 0;
  const subnet = (): string => `10.${(network >> 8) & 255}.${network++ & 255}.0/24`;
  const links = names.flatMap((name, i) => {
    if (i === 0 || roll(12) === 0) return [];
    const near = names[Math.max(0, i - 1 - roll(roll(3) === 0 ? i : 3))]!;
    const again = roll(5) === 0 ? [names[roll(i)]!] : [];
    return [near, ...again].map((other) => ({ endpoints: [end(name), end(other)], subnet: subnet() }));
  });
  const lans = Array.from({ length: roll(3) }, (_, i) => {
    const members = names.filter(() => roll(4) === 0);
    return [`lan${i}`, { ports: members.map(end), subnet: subnet() }] as const;
  });
  return {
    name: `random-${seed}`,
    nodes: Object.fromEntries(
      names.map((name) => {
        const ports = links.flatMap(({ endpoints }) => endpoints).filter((each) => each.startsWith(`${name}:`));
        const first = ports[0]?.split(':')[1];
        const lo = roll(3) === 0 ? { lo: { addresses: [`192.0.2.${roll(254) + 1}/32`, '2001:db8::1/128'] } } : {};
        const six = ports.slice(0, roll(3)).map((port) => {
          const address = `2001:db8:${roll(65_535).toString(16)}:${roll(65_535).toString(16)}::1/64`;
          return [port.split(':')[1]!, { addresses: [address] }];
        });
        return [
          name,
          {
            forwarding: roll(2) === 0,
            interfaces: { ...lo, ...Object.fromEntries(six) },
            ...(roll(4) === 0 ? { processes: { 'a-process': { command: 'sleep 1' } } } : {}),
            ...(roll(5) === 0 && first !== undefined ? { nat: [{ masquerade: { out: first } }] } : {}),
          },
        ];
      }),
    ),
    bridges: Object.fromEntries(lans.filter(([, { ports }]) => ports.length > 0)),
    links,
  };
}

/** Every rectangle of a drawing in which something is to be read, by what it is. */
export function boxesOf({ plates, wires }: Drawing): { what: string; box: GraphBox }[] {
  return [
    ...plates.flatMap(({ plate, box, caption }) => [
      { what: plate.node.name, box },
      ...(caption === undefined ? [] : [{ what: `the name of ${plate.node.name}`, box: caption.box }]),
    ]),
    ...wires.flatMap(({ link, ends, caption }) => [
      ...ends.flatMap((end, i) =>
        end === undefined ? [] : [{ what: `${link.ends[i]!.node}:${link.ends[i]!.interface}`, box: end.box }],
      ),
      ...(caption === undefined ? [] : [{ what: caption.lines.join(' '), box: caption.box }]),
    ]),
  ];
}
