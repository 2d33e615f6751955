/** correction.json of kathara-lab-checker beside the lab: addresses, kernel routes and reachability, each a check. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const WITHIN_MS = 70_000;

export async function observe({ lab, inputs, netlab }) {
  const { test } = JSON.parse(readFileSync(join(inputs, 'correction.json'), 'utf8'));
  const end = Date.now() + WITHIN_MS;
  for (;;) {
    const seen = look(lab, test, netlab);
    if (seen.failures.length === 0 || Date.now() > end) return seen;
    await sleep(2000);
  }
}

function look(lab, { ip_mapping, kernel_routes, reachability }, netlab) {
  const failures = [];
  let total = 0;
  const check = (holds, text) => {
    total++;
    if (!holds) failures.push(text);
  };
  const json = (node, words) =>
    JSON.parse(netlab(['exec', '-l', lab, node, '--', 'ip', '-j', ...words]).stdout || '[]');
  for (const [node, interfaces] of Object.entries(ip_mapping)) {
    const found = json(node, ['address']).flatMap(({ ifname, addr_info }) =>
      addr_info.map(({ local, prefixlen }) => `${ifname} ${local}/${prefixlen}`),
    );
    for (const [number, address] of Object.entries(interfaces))
      check(found.includes(`eth${number} ${address}`), `${node}: no ${address} on eth${number}`);
  }
  for (const [node, routes] of Object.entries(kernel_routes)) {
    const found = json(node, ['route']).map(({ dst }) => (dst === 'default' ? '0.0.0.0/0' : dst));
    for (const route of routes) check(found.includes(route), `${node}: no route to ${route}`);
  }
  for (const [node, targets] of Object.entries(reachability)) {
    // A name is asked of the lab's name servers, as its resolv.conf says.
    const script = targets
      .map((target) => `(ping -q -n -c 1 -W 1 ${target} > /dev/null 2>&1 && echo ${target}) &`)
      .join('\n');
    const found = netlab(['exec', '-l', lab, node, '--', 'bash', '-c', `${script}\nwait`]).stdout.split('\n');
    for (const target of targets) check(found.includes(target), `${node} does not reach ${target}`);
  }
  return { total, failures };
}
