/** The ways of packets, as `capture --follow` prints them. */
import type { Journey } from '../capture/journey.ts';
import type { Sighting } from '../capture/way.ts';
import { packetWords } from '../capture/words/packet.ts';
import { seconds } from './capture.ts';
import type { Palette } from './color.ts';

/** A block: what it was, by which interfaces it went and what changed there, a line each where it was flooded, and how that ended. */
export function journeyBlock({ sightings, arrived, last, toNodes }: Journey, since: string, paint: Palette): string {
  const first = sightings[0]!;
  const head = `${paint.dim(since)}  ${packetWords(first.packet).replace(' > ', ' → ')}`;
  const end = endOf({ arrived, last, toNodes }, first, paint);
  return [head, ...branches(sightings, 0, '  ', paint), ...(end === '' ? [] : [`  ${end}`])].join('\n');
}

/** From one sighting on, as far as there is but one that comes after; then a line for each of them. */
function branches(sightings: readonly Sighting[], from: number, indent: string, paint: Palette): string[] {
  const places: string[] = [];
  for (let at = from; ;) {
    const each = sightings[at]!;
    const changes = each.after === undefined ? [] : changesOf(sightings[each.after]!, each);
    places.push(`${changes.length === 0 ? '' : paint.yellow(`(${changes.join(', ')}) `)}${each.packet.interface.name}`);
    const next = [...sightings.keys()].filter((other) => sightings[other]!.after === at);
    if (next.length === 1) [at] = next as [number];
    else {
      const line = `${indent}${from === 0 ? '' : '→ '}${places.join(' → ')}`;
      return [line, ...next.flatMap((other) => branches(sightings, other, `${indent}  `, paint))];
    }
  }
}

function endOf(
  { arrived, last, toNodes }: Pick<Journey, 'arrived' | 'last' | 'toNodes'>,
  first: Sighting,
  paint: Palette,
): string {
  const latest = last.at(-1)!;
  const seen = `last seen ${placeOf(latest)}`;
  if (arrived === true) return paint.green(`there after ${seconds(last[0]!.packet.time - first.packet.time, 6)} s`);
  if (arrived === false) return paint.red(`never came to ${toNodes.join(' or ')}${last.length > 1 ? '' : `; ${seen}`}`);
  if (latest.ttl === undefined || latest.packet.to !== 'host' || last.length > 1) return '';
  return paint.dim(`${seen}${toNodes.length > 0 ? `; nobody listens at ${toNodes.join(', ')}` : ''}`);
}

/** `source 198.51.100.2 instead of 10.0.1.2` */
function changesOf(before: Sighting, after: Sighting): string[] {
  return [
    ...(after.source === before.source ? [] : [`source ${after.source} instead of ${before.source}`]),
    ...(after.destination === before.destination
      ? []
      : [`destination ${after.destination} instead of ${before.destination}`]),
    ...(after.ttl === before.ttl ? [] : [`ttl ${after.ttl}`]),
    ...(after.tunnel === before.tunnel ? [] : [after.tunnel === '' ? `out of ${before.tunnel}` : `in ${after.tunnel}`]),
  ];
}

function placeOf({ packet: { interface: at, direction } }: Sighting): string {
  return direction === 'in' ? `as it came in at ${at.name}` : `as it left by ${at.name}`;
}

/** The same for programs. */
export function journeyJson({ sightings, arrived, toNodes }: Journey): object {
  const first = sightings[0]!;
  return {
    text: packetWords(first.packet),
    source: first.source,
    destination: first.destination,
    arrived,
    toNodes,
    sightings: sightings.map(({ packet, source, destination, ttl, tunnel, after }) => ({
      time: seconds(packet.time, 9),
      node: packet.interface.node,
      link: packet.interface.link,
      direction: packet.direction,
      source,
      destination,
      ttl: ttl ?? null,
      tunnel,
      after: after ?? null,
    })),
  };
}
