/** What stands in a lab, as `ip` and /proc tell it: so that two tools can be shown to have made the same one. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

/** The namespaces to look into: the bridge's, the first, the middle and the last node. All are counted anyway. */
export function sampled({ nodes }) {
  const names = nodes.map((node) => node.name);
  const last = names.length - 1;
  return { all: names, look: [...new Set([0, 1, 2, Math.floor(last / 2), last].map((i) => names[i]))] };
}

/** Sorted lines, one a fact. `path(node)` is the file of a node's network namespace. */
export function facts(path, lab) {
  const list = [`${lab.nodes.all.filter((node) => existsSync(path(node))).length} namespaces`];
  for (const node of lab.nodes.look) {
    const run = (...argv) => {
      const { status, stdout, stderr } = spawnSync('nsenter', [`--net=${path(node)}`, ...argv], {
        encoding: 'utf8',
        maxBuffer: 64 << 20,
      });
      if (status !== 0) throw new Error(`${argv.join(' ')} in ${path(node)}: ${stderr}`);
      return stdout;
    };
    const ip = (...argv) => JSON.parse(run('ip', '-j', ...argv) || '[]');
    for (const link of ip('-d', 'link')) {
      const kind = link.linkinfo?.info_kind ?? 'loopback';
      const up = link.flags.includes('UP') ? 'up' : 'down';
      list.push(`${node}: link ${link.ifname} ${kind} ${up} mtu ${link.mtu} master ${link.master ?? '-'}`);
    }
    for (const { ifname, addr_info: addresses } of ip('addr')) {
      for (const { local, prefixlen } of addresses) {
        if (!isLinkLocal(local)) list.push(`${node}: address ${local}/${prefixlen} dev ${ifname}`);
      }
    }
    for (const family of ['-4', '-6']) {
      for (const { dst, gateway, dev, metric } of ip(family, 'route')) {
        if (!isLinkLocal(dst))
          list.push(`${node}: route ${dst} via ${gateway ?? '-'} dev ${dev} metric ${metric ?? 0}`);
      }
    }
    const forwarding = run('cat', '/proc/sys/net/ipv4/ip_forward', '/proc/sys/net/ipv6/conf/all/forwarding');
    list.push(`${node}: forwarding ${forwarding.trim().replace('\n', ' ')}`);
  }
  return list.toSorted();
}

/** The link-local addresses of IPv6 are everyone's own business: by hand, by the kernel, on ports of bridges too or not. */
function isLinkLocal(address) {
  return address.startsWith('fe80:');
}
