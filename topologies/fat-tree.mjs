/**
 * Makes topologies/fat-tree-k4.yaml, and is the same lab itself, of any even size:
 *
 *     node topologies/fat-tree.mjs > topologies/fat-tree-k4.yaml
 *     netlab up topologies/fat-tree.mjs              36 nodes, 48 links
 *     K=8 netlab up topologies/fat-tree.mjs         208 nodes, 384 links
 */
import { fileURLToPath } from 'node:url';

import { asYaml } from './as-yaml.mjs';

const COMMENT = `
A fat tree of switches with four ports each, as data centres are built (Al-Fares, Loukissas, Vahdat, SIGCOMM 2008): four pods of four
hosts, and the same bandwidth from any host to any other, because there are as many cables above a switch as below it.

                c0      c1      c2      c3            core: c0 and c1 above every a0, c2 and c3 above every a1
               ╱  ╲    ╱  ╲    ╱  ╲    ╱  ╲
             p0a0    p0a1    p1a0    p1a1   …         aggregation
              │  ╲  ╱  │      │  ╲  ╱  │
              │  ╱  ╲  │      │  ╱  ╲  │
             p0e0    p0e1    p1e0    p1e1   …         edge
             ╱  ╲    ╱  ╲    ╱  ╲    ╱  ╲
            h0  h1  h2  h3  h0  h1  h2  h3            hosts: p0h0 …

The hosts of an edge switch share its bridge: 10.POD.EDGE.0/24, the switch is .1. A cable between switches is a /31 of its own out of
172.16.0.0/12. Up there are two ways to everywhere, so an edge or aggregation switch has a default route with two next hops, and
the kernel chooses by a hash of addresses *and ports* (fib_multipath_hash_policy), so that flows between the same two hosts spread too.
Down there is one way to each pod. An aggregation switch sends what its pod does not have nowhere: else such a packet would
go up to the core, which sends it down again, until its time is over. Try

    netlab exec -l fat-tree-k4 p0h0 -- ping -c 3 p3h3
    netlab exec -l fat-tree-k4 p0e0 -- ip route get 10.3.1.3 ipproto tcp sport 1000 dport 80     (and with sport 1001, 1002 …)

Made by topologies/fat-tree.mjs, which is a topology itself: K=8 netlab up topologies/fat-tree.mjs
`;

const range = (n) => Array.from({ length: n }, (_, i) => i);

/** A fat tree of switches with k ports each. */
export default function fatTree(k = Number(process.env.K ?? 4)) {
  if (!(Number.isInteger(k) && k % 2 === 0 && k >= 2 && k <= 32)) throw new RangeError(`K is an even number from 2 to 32, not ${k}`);
  const half = k / 2;
  const nodes = {};
  const links = [];
  let cables = 0;
  // Two switches and the cable between them: its /31, and the address of the upper end.
  const cable = (lower, upper) => {
    const n = 2 * cables++;
    const address = (i) => `172.${16 + (i >> 16)}.${(i >> 8) & 255}.${i & 255}`;
    links.push({ endpoints: [lower, upper], subnet: `${address(n)}/31` });
    return { lower: address(n), upper: address(n + 1) };
  };
  const multipath = { 'net.ipv4.fib_multipath_hash_policy': 1 };

  for (const c of range(half * half)) nodes[`c${c}`] = { forwarding: { ipv4: true }, routes: [] };
  for (const p of range(k)) {
    for (const a of range(half)) {
      const nothing = { to: `10.${p}.0.0/16`, type: 'blackhole' };
      nodes[`p${p}a${a}`] = { forwarding: { ipv4: true }, sysctls: multipath, routes: [nothing] };
    }
    for (const e of range(half)) {
      const ups = range(half).map((a) => {
        const { lower, upper } = cable(`p${p}e${e}:up${a}`, `p${p}a${a}:down${e}`);
        nodes[`p${p}a${a}`].routes.push({ to: `10.${p}.${e}.0/24`, via: lower });
        return { via: upper };
      });
      const hosts = range(half).map((h) => e * half + h);
      nodes[`p${p}e${e}`] = {
        forwarding: { ipv4: true },
        sysctls: multipath,
        interfaces: { hosts: { type: 'bridge', ports: hosts.map((h) => `h${h}`), addresses: [`10.${p}.${e}.1/24`] } },
        routes: [{ to: 'default', nexthops: ups }],
      };
      for (const [i, h] of hosts.entries()) {
        nodes[`p${p}h${h}`] = {
          interfaces: { eth0: { addresses: [`10.${p}.${e}.${i + 2}/24`] } },
          routes: [{ to: 'default', via: `10.${p}.${e}.1` }],
        };
        links.push([`p${p}e${e}:h${h}`, `p${p}h${h}:eth0`]);
      }
    }
    for (const a of range(half)) {
      const ups = range(half).map((i) => {
        const core = a * half + i;
        const { lower, upper } = cable(`p${p}a${a}:up${i}`, `c${core}:pod${p}`);
        nodes[`c${core}`].routes.push({ to: `10.${p}.0.0/16`, via: lower });
        return { via: upper };
      });
      nodes[`p${p}a${a}`].routes.push({ to: 'default', nexthops: ups });
    }
  }
  const hosts = Object.keys(nodes).filter((name) => /h\d+$/.test(name));
  const last = `p${k - 1}h${half * half - 1}`;
  return {
    name: `fat-tree-k${k}`,
    description: `A fat tree of ${k}-port switches: ${(k * k * k) / 4} hosts in ${k} pods, many equal ways between any two`,
    nodes,
    links,
    checks: [
      { name: 'every host reaches every other', reach: { from: hosts, to: hosts } },
      { name: 'from one corner to the other', ping: { from: 'p0h0', to: last } },
      { name: 'within a pod', ping: { from: 'p0h0', to: `p0h${half * half - 1}` } },
      { name: 'below one switch', path: { from: 'p0h0', to: 'p0h1', via: [] } },
      // Which of the cores a flow goes through is for its hash to say: not each of them is on the way of one of those above.
      ...range(half * half).flatMap((c) =>
        nodes[`c${c}`].routes.map(({ to, via }, p) => ({
          name: `c${c} knows pod ${p}`,
          route: { on: `c${c}`, to, via },
        })),
      ),
    ],
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.stdout.write(asYaml(COMMENT, fatTree()));
