/**
 * Writes one workload in the forms that the benchmark compares: a plan for floor, scripts for `ip -batch`, plain and tuned, and a
 * topology for netlab. All of them ask for the same namespaces, links, addresses, routes and processes.
 *
 *   node bench/generate.mjs star|chain|proc N FOLDER [NAME]
 *
 * star:  N nodes and a gateway on one bridge, IPv4 and IPv6, default routes to the gateway.
 * chain: N routers in a line, forwarding, static routes to both ends' loopback addresses.
 * proc:  star, and in each of the N nodes a sleeping process in pid, uts, mount and ipc namespaces of its own.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ipv4 = (number) => [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.');
const TEN = 10 << 24;

/** The workload as plain lists. `bridge` of a link names the bridge of which its first end is a port. */
export function workload(kind, n) {
  if (kind === 'star') return star(n, false);
  if (kind === 'proc') return star(n, true);
  if (kind === 'chain') return chain(n);
  throw new Error(`no workload ${kind}: star, chain or proc`);
}

function star(n, process) {
  const nodes = [{ name: 'sw', bridge: 'sw' }, { name: 'gw' }];
  const links = [{ ends: ['sw:gw', 'gw:eth0'], bridge: 'sw' }];
  const addresses = [['gw:eth0', ['10.0.0.1/16', 'fd00::1/64']]];
  const routes = [];
  for (let i = 0; i < n; i++) {
    const name = `n${i}`;
    nodes.push({ name, process });
    links.push({ ends: [`sw:${name}`, `${name}:eth0`], bridge: 'sw' });
    addresses.push([`${name}:eth0`, [`${ipv4(TEN + 256 + i)}/16`, `fd00::1:${i.toString(16)}/64`]]);
    routes.push([name, '0.0.0.0/0', '10.0.0.1'], [name, '::/0', 'fd00::1']);
  }
  return { nodes, links, addresses, routes };
}

function chain(n) {
  const nodes = [];
  const links = [];
  const addresses = [];
  const routes = [];
  for (let i = 0; i < n; i++) {
    const [here, left, right] = [`r${i}`, TEN + 4 * (i - 1), TEN + 4 * i];
    nodes.push({ name: here, forwarding: true });
    if (i === 0) addresses.push([`${here}:lo`, ['10.255.0.1/32', 'fd0f::1/128']]);
    if (i === n - 1) addresses.push([`${here}:lo`, ['10.255.0.2/32', 'fd0f::2/128']]);
    if (i > 0) {
      addresses.push([`${here}:e0`, [`${ipv4(left + 2)}/30`, `fd00:${(i - 1).toString(16)}::2/64`]]);
      routes.push([here, '10.255.0.1/32', ipv4(left + 1)], [here, 'fd0f::1/128', `fd00:${(i - 1).toString(16)}::1`]);
    }
    if (i < n - 1) {
      links.push({ ends: [`${here}:e1`, `r${i + 1}:e0`] });
      addresses.push([`${here}:e1`, [`${ipv4(right + 1)}/30`, `fd00:${i.toString(16)}::1/64`]]);
      routes.push([here, '10.255.0.2/32', ipv4(right + 2)], [here, 'fd0f::2/128', `fd00:${i.toString(16)}::2`]);
    }
  }
  return { nodes, links, addresses, routes };
}

const split = (end) => end.split(':');

/** netlab gives each link with an IPv6 address a link-local one; the others get the same number of addresses. */
function withLinkLocal(addresses) {
  let count = 0;
  return addresses.map(([end, list]) => [
    end,
    split(end)[1] === 'lo' ? list : [...list, `fe80::${(++count).toString(16)}/64`],
  ]);
}

/** The form that bench/plan.h describes. */
export function plan({ nodes, links, addresses, routes }) {
  const number = new Map(nodes.map((node, i) => [node.name, i]));
  const place = (end) => `${number.get(split(end)[0])} ${split(end)[1]}`;
  return lines([
    ...nodes.map((node) => `N ${node.name} ${node.forwarding ? 1 : 0} ${node.process ? 1 : 0}`),
    ...nodes.filter((node) => node.bridge).map((node) => `B ${number.get(node.name)} ${node.bridge}`),
    ...links.map(({ ends: [a, b], bridge }) => `L ${place(a)} ${bridge ?? '-'} ${place(b)} -`),
    ...withLinkLocal(addresses).flatMap(([end, list]) => list.map((address) => `A ${place(end)} ${address}`)),
    ...routes.map(([node, to, via]) => `R ${number.get(node)} ${to} ${via}`),
  ]);
}

/**
 * `{ file: text }`: up.sh and down.sh, and what they read. Namespaces are called PREFIX-NODE. Tuned, it goes about it as floor does: one queue
 * for each link, link-local addresses by hand, and bridges come up last, for ports that come up on a bridge that is up flood it. Plain, all
 * that is as it comes.
 */
export function batch({ nodes, links, addresses, routes }, prefix, { tuned }) {
  const netns = (node) => `${prefix}-${node}`;
  const queues = tuned ? 'numtxqueues 1 numrxqueues 1' : '';
  const make = nodes.map((node) => `netns add ${netns(node.name)}`);
  const script = new Map(nodes.map((node) => [node.name, ['link set lo up']]));
  const bridges = nodes.filter((node) => node.bridge);
  const quiet = (link) => (tuned ? [`link set ${link} addrgenmode none`] : []);
  const raise = (node) => script.get(node.name).push(...quiet(node.bridge), `link set ${node.bridge} up`);
  for (const node of bridges) make.push(`link add ${node.bridge} netns ${netns(node.name)} type bridge`);
  if (!tuned) bridges.forEach(raise);
  for (const { ends, bridge } of links) {
    const [[a, ai], [b, bi]] = ends.map(split);
    make.push(`link add ${ai} netns ${netns(a)} ${queues} type veth peer name ${bi} netns ${netns(b)} ${queues}`);
    const master = bridge === undefined ? '' : `master ${bridge} `;
    script.get(a).push(...quiet(ai), `link set ${ai} ${master}up`);
    script.get(b).push(...quiet(bi), `link set ${bi} up`);
  }
  for (const [end, list] of tuned ? withLinkLocal(addresses) : addresses) {
    const [node, link] = split(end);
    for (const x of list) script.get(node).push(`addr add ${x} dev ${link}${x.includes(':') ? ' nodad' : ''}`);
  }
  for (const [node, to, via] of routes) script.get(node).push(`route add ${to} via ${via}`);
  if (tuned) bridges.forEach(raise);

  const up = ['set -e', 'cd "$(dirname "$0")"', 'ip -batch make'];
  const last = [];
  for (const node of nodes) {
    const ns = netns(node.name);
    if (node.forwarding) up.push(`ip netns exec ${ns} sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1`);
    (node.bridge && tuned ? last : up).push(`ip -n ${ns} -batch in-${node.name}`);
    if (node.process) {
      const command = `unshare --pid --uts --ipc --mount --fork --kill-child --mount-proc sh -c 'hostname ${node.name}; exec sleep infinity'`;
      up.push(`setsid ip netns exec ${ns} ${command} </dev/null >/dev/null 2>&1 & echo $! >>pids`);
    }
  }
  const down = ['cd "$(dirname "$0")"', 'test ! -e pids || kill -9 $(cat pids)', 'rm -f pids', 'ip -batch remove'];
  return {
    'up.sh': lines([...up, ...last]),
    'down.sh': lines(down),
    make: lines(make),
    remove: lines(nodes.map((node) => `netns del ${netns(node.name)}`)),
    ...Object.fromEntries([...script].map(([name, list]) => [`in-${name}`, lines(list)])),
  };
}

/** What a user of netlab would write. */
export function topology({ nodes, links, addresses, routes }, name) {
  const byNode = (entries, key) => {
    const map = new Map();
    for (const entry of entries) map.set(key(entry), [...(map.get(key(entry)) ?? []), entry]);
    return map;
  };
  const interfaces = byNode(addresses, ([end]) => split(end)[0]);
  const ways = byNode(routes, ([node]) => node);
  const text = [`name: ${name}`, 'nodes:'];
  for (const node of nodes.filter((candidate) => !candidate.bridge)) {
    text.push(`  ${node.name}:`);
    if (node.forwarding) text.push('    forwarding: true');
    text.push('    interfaces:');
    for (const [end, list] of interfaces.get(node.name) ?? []) {
      text.push(`      ${split(end)[1]}: { addresses: [${list.map((x) => `"${x}"`).join(', ')}] }`);
    }
    if (ways.has(node.name)) text.push('    routes:');
    for (const [, to, via] of ways.get(node.name) ?? []) text.push(`      - { to: "${to}", via: "${via}" }`);
    if (node.process) text.push('    processes:', '      sleeper: { command: [sleep, infinity] }');
  }
  const ports = links.filter((link) => link.bridge).map((link) => `"${link.ends[1]}"`);
  if (ports.length > 0) text.push('bridges:', `  sw: { ports: [${ports.join(', ')}] }`);
  const plain = links.filter((link) => !link.bridge);
  if (plain.length > 0) text.push('links:');
  for (const { ends } of plain) text.push(`  - ["${ends[0]}", "${ends[1]}"]`);
  return lines(text);
}

function lines(list) {
  return list.map((line) => `${line}\n`).join('');
}

/** Writes all forms into `folder`: plan, topology.yaml, batch/ and tuned/. */
export function write(kind, n, folder, name) {
  const what = workload(kind, n);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'plan'), plan(what));
  writeFileSync(join(folder, 'topology.yaml'), topology(what, name));
  for (const form of ['batch', 'tuned']) {
    mkdirSync(join(folder, form), { recursive: true });
    const files = batch(what, name, { tuned: form === 'tuned' });
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, form, file), text);
  }
  return what;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [kind, n, folder, name = `${kind}-${n}`] = process.argv.slice(2);
  if (folder === undefined) {
    console.error('usage: node bench/generate.mjs star|chain|proc N FOLDER [NAME]');
    process.exit(2);
  }
  const what = write(kind, Number(n), folder, name);
  console.log(`${name}: ${what.nodes.length} namespaces, ${what.links.length} links, ${what.routes.length} routes`);
}
