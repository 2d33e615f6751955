import type { Claim } from '../../model/check.ts';
import { noInterface } from '../../lab/unknown.ts';
import { parseFilter } from '../../model/packet-filter.ts';
import { Alarm } from '../../probe/alarm.ts';
import { readLinks } from '../../reconcile/read/link.ts';
import { fails, holds, type Kind, type Try } from '../kind.ts';
import { Sniffer } from '../sniffer.ts';
import type { Subject } from '../subject.ts';

/** A packet on an interface, from now on. Like `timeout 5 tcpdump -c 1 -i IF FILTER`. */
export const pcap: Kind<'pcap'> = {
  async attempt(claim, subject, { timeout, signal }) {
    const alarm = new Alarm(signal);
    using sniffer = openSniffer(claim, subject, () => alarm.ring());
    await alarm.until(() => sniffer.matched > 0, timeout);
    return whatWasSeen(claim, sniffer);
  },
  unhurried: true,
  nodes: ({ on }) => [on],
};

/** Listens on the interface of a check. Throws LabError when there is none. */
export function openSniffer({ on, link, filter }: Claim<'pcap'>, subject: Subject, onMatch?: () => void): Sniffer {
  const devices = readLinks(on, subject.route(on));
  const device = devices.find((each) => each.link.name === link);
  if (device === undefined)
    throw noInterface(
      subject.lab,
      on,
      link,
      devices.map((each) => each.link.name),
    );
  return new Sniffer(subject.netns(on), device.index, parseFilter(filter), onMatch);
}

/** What a sniffer tells of the check it was opened for. */
export function whatWasSeen({ on, link, filter }: Claim<'pcap'>, sniffer: Sniffer): Try {
  const { matched, seen } = sniffer;
  const what = filter === '' ? '' : ` for ${JSON.stringify(filter)}`;
  const among = `of ${seen === 1 ? '1 packet' : `${seen} packets`} on ${on}:${link}`;
  return matched > 0 ? holds(`${matched}${what}, ${among}`) : fails(`none${what}, ${among}`);
}
