/** rp_filter: what comes from where the node itself would not send to. */
import { type Evidence, type Finding, finding, type Standing } from './evidence.ts';
import type { View } from './view.ts';

/**
 * Whether it is rp_filter that refuses what comes from a source by an interface; `errno`: what the kernel has said. That was EXDEV until
 * Linux 6.13, and is EINVAL since, for much else, too.
 */
export function refusesReverse(
  { view, iif, source }: Pick<Standing, 'view' | 'iif' | 'source'>,
  errno: string | undefined,
): boolean {
  if (errno === 'EXDEV') return true;
  if (errno !== 'EINVAL' || iif === undefined || source.includes(':')) return false;
  const mode = reverseMode(view, view.name(iif));
  const back = view.decide({ destination: source });
  return mode === 1 ? back.oif !== iif : mode === 2 && back.errno !== undefined;
}

/** 0: nothing is asked; 1: the way back must be by the same interface; 2: there must be one. */
function reverseMode(view: View, dev: string): number {
  return Math.max(view.sysctl('ipv4/conf/all/rp_filter') ?? 0, view.sysctl(`ipv4/conf/${dev}/rp_filter`) ?? 0);
}

/** In words. */
export function filteredReverse(e: Evidence, { view, iif, source, direction }: Standing): Finding {
  const { node } = view;
  const dev = view.name(iif);
  const back = view.decide({ destination: source });
  const where =
    back.oif === undefined
      ? `it has no route to ${source} at all`
      : `it would send to ${source} by ${view.name(back.oif)}`;
  const loose = reverseMode(view, dev);
  const keys = ['all', 'default', dev].map((each) => `net.ipv4.conf.${each}.rp_filter`);
  return finding(
    'rp-filter',
    { node, name: dev },
    `${node} drops what comes from ${source} by ${dev}: ${where}, and rp_filter is ${loose}`,
    `make the routes of both ways agree${direction === 'there' ? '' : ' for the answer'}, or set net.ipv4.conf.all.rp_filter and net.ipv4.conf.${dev}.rp_filter to ${back.oif === undefined ? 0 : 2} on ${node}`,
    e.lines.sysctl(node, ...keys),
  );
}
