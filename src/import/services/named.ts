/** BIND. */
import type { NodeFiles, Service } from './service.ts';

/** Options of older BINDs that BIND 9.18 does not start with any more ("no longer exists", says named-checkconf). */
const OLD =
  `acache-cleaning-interval acache-enable additional-from-auth additional-from-cache allow-v6-synthesis cleaning-interval deallocate-on-exit
  dnssec-enable dnssec-lookaside fake-iquery fetch-glue filter-aaaa-on-v4 filter-aaaa-on-v6 geoip-use-ecs has-old-clients host-statistics
  host-statistics-max maintain-ixfr-base max-acache-size max-ixfr-log-size min-roots multiple-cnames named-xfer nosit-udp-size queryport-pool-ports
  queryport-pool-updateinterval request-sit rfc2308-type1 serial-queries sit-secret statistics-interval topology treat-cr-as-space use-id-pool use-ixfr
  use-queryport-pool`.split(/\s+/);
/** Each of them, to the end of its line where that is its own. */
const GONE = new RegExp(`^[ \\t]*(?:${OLD.join('|')})\\b[^;{}]*;[ \\t]*\\n?`, 'gm');

/** The name server, with its messages on its output. */
export function named(files: NodeFiles): Service {
  const notes: NonNullable<Service['notes']>[number][] = [];
  for (const path of files.below('/etc/bind')) {
    const text = files.text(path) ?? '';
    const gone = [...text.matchAll(GONE)].map(([line]) => line.trim());
    if (gone.length === 0) continue;
    files.replace(path, text.replaceAll(GONE, ''));
    const origin = files.origin(path);
    notes.push({
      message: `left out of ${path}, since BIND does not know it any more: ${gone.join(' ')}`,
      ...(origin === undefined ? {} : { origin }),
    });
  }
  return {
    setup: ['install -d -o bind -g bind /run/named /var/cache/bind'],
    processes: { named: { command: ['named', '-g', '-u', 'bind'], ready: { tcp: 53 } } },
    notes,
  };
}
