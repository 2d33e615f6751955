/** The ways of packets, as `capture --follow` prints them. */
import type { Journey, Sighting } from '../capture/journey.ts';
import { packetWords } from '../capture/words/packet.ts';
import { seconds } from './capture.ts';
import type { Palette } from './color.ts';

/** A block: what it was, by which interfaces it went and what changed there, and how that ended. */
export function journeyBlock({ sightings, arrived, toNodes }: Journey, since: string, paint: Palette): string {
  const [first, last] = [sightings[0]!, sightings.at(-1)!];
  const way = sightings.map((each, i) => {
    const changes = i === 0 ? [] : changesOf(sightings[i - 1]!, each);
    return `${changes.length === 0 ? '' : paint.yellow(`(${changes.join(', ')}) `)}${each.packet.interface.name}`;
  });
  const took = seconds(last.packet.time - first.packet.time, 6);
  const end =
    arrived === true
      ? paint.green(`  there after ${took} s`)
      : arrived === false
        ? paint.red(`  never came to ${toNodes.join(' or ')}; last seen ${lastPlace(last)}`)
        : last.ttl !== undefined && last.packet.to === 'host'
          ? paint.dim(
              `  last seen ${lastPlace(last)}${toNodes.length > 0 ? `; nobody listens at ${toNodes.join(', ')}` : ''}`,
            )
          : '';
  const head = `${paint.dim(since)}  ${packetWords(first.packet).replace(' > ', ' → ')}`;
  return [head, `  ${way.join(' → ')}`, ...(end === '' ? [] : [end])].join('\n');
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

function lastPlace({ packet: { interface: at, direction } }: Sighting): string {
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
    sightings: sightings.map(({ packet, source, destination, ttl, tunnel }) => ({
      time: seconds(packet.time, 9),
      node: packet.interface.node,
      link: packet.interface.link,
      direction: packet.direction,
      source,
      destination,
      ttl: ttl ?? null,
      tunnel,
    })),
  };
}
