/** BIND. */
import type { NodeFiles, Service } from './service.ts';

/** Statements of BIND 9.11 and before that BIND 9.18 does not start with. */
const GONE =
  /^[ \t]*(?:dnssec-enable|dnssec-lookaside|acache-enable|additional-from-auth|additional-from-cache|cleaning-interval|max-acache-size|acache-cleaning-interval|filter-aaaa-on-v[46]|use-ixfr|geoip-use-ecs|request-sit|nosit-udp-size|queryport-pool-ports|queryport-pool-updateinterval)\b[^;{}]*;[ \t]*\n?/gm;

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
