/** A lab of twenty nodes with something of everything, and the same lab edited. */
import type { TopologyDocument } from '../../../src/index.ts';

const COUNT = 20;

/** A ring of routers, a bridge with half of them on it, NAT, rules, and processes with and without namespaces of their own. */
export function ring(name: string, edited: boolean): TopologyDocument {
  const nodes: Record<string, unknown> = {};
  const links: unknown[] = [];
  for (let i = 0; i < COUNT; i++) {
    const next = (i + 1) % COUNT;
    nodes[`r${i}`] = {
      forwarding: true,
      interfaces: {
        east: { addresses: [`10.1.${i}.1/24`, ...(edited && i % 3 === 0 ? [`10.3.${i}.1/24`] : [])] },
        west: { addresses: [`10.1.${(i + COUNT - 1) % COUNT}.2/24`] },
      },
      routes: [{ to: `10.9.${i}.0/24`, via: `10.1.${i}.2`, ...(edited ? { metric: 7 } : {}) }],
    };
    links.push({ endpoints: [`r${i}:east`, `r${next}:west`], ...(edited && i === 5 ? { mtu: 1400 } : {}) });
  }
  Object.assign(nodes['r0'] as object, {
    nat: [{ masquerade: { out: 'east' } }, ...(edited ? [{ masquerade: { out: 'west' } }] : [])],
    files: { '/etc/motd': edited ? 'edited\n' : 'first\n' },
    processes: { web: { command: ['sleep', edited ? '1001' : '1000'] } },
  });
  Object.assign(nodes['r1'] as object, { isolation: ['net'], processes: { web: { command: ['sleep', '1000'] } } });
  Object.assign(nodes['r2'] as object, { sysctls: { 'net.ipv4.conf.all.rp_filter': edited ? 2 : 0 } });
  if (edited) {
    nodes['more'] = {
      isolation: ['net', 'mnt', 'pid', 'uts', 'ipc'],
      processes: { db: { command: ['sleep', '1000'] } },
    };
    links.push({ endpoints: ['more:eth0', 'r3:up'] });
  }
  const ports = Array.from({ length: 6 }, (_, i) => `r${i * 2}:lan`);
  return { name, nodes, links, bridges: { sw: { ports: edited ? ports.slice(1) : ports } } } as TopologyDocument;
}

/** How many rounds are made. */
export const ROUNDS = Number(process.env['NETLAB_LEAK_ROUNDS'] ?? 80);
