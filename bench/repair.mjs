/**
 * How long `up --watch` takes to repair what somebody has damaged: an address removed by hand, in one node after the other.
 *
 *   node bench/repair.mjs [NODES [TIMES]]          as root; 100 nodes and 10 of them damaged unless said
 *
 * From the moment before `ip address delete` is started until the address is there again, as the kernel's own events tell (`ip monitor`);
 * and what the watch says itself, from the event to the end of its repair.
 */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import { topology, workload } from './generate.mjs';

const [nodes = 100, times = 10] = process.argv.slice(2).map(Number);
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const name = `bench${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const file = join(folder, 'topology.yaml');
writeFileSync(file, topology(workload('star', nodes), name));

const watch = spawn(process.execPath, [cli, 'up', '--watch', '--json', file], { stdio: ['ignore', 'pipe', 'inherit'] });
const events = createInterface({ input: watch.stdout })[Symbol.asyncIterator]();
const next = async (event, what) => {
  for (;;) {
    const { value, done } = await events.next();
    if (done) throw new Error(`the watch ended before it said ${event}`);
    const said = JSON.parse(value);
    // With the address the kernel has taken routes, which are repairs of their own.
    if (said.event === event && (what === undefined || said.change.what.includes(what))) return said;
  }
};

function ip(space, ...words) {
  const { status, stdout } = spawnSync('ip', ['-n', space, ...words], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`ip ${words.join(' ')} failed in ${space}`);
  return stdout;
}

const addressOf = (space) => ip(space, '-4', '-o', 'address', 'show', 'dev', 'eth0').match(/\d+\.\d+\.\d+\.\d+\/\d+/);

/** Waits until `ip monitor` has its netlink socket: it says nothing until something happens. */
async function listening(pid) {
  const isSocket = (fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:');
    } catch {
      return false; // closed meanwhile
    }
  };
  while (!readdirSync(`/proc/${pid}/fd`).some((fd) => Number(fd) > 2 && isSocket(fd))) await setImmediate();
}

try {
  await next('watching');
  const [whole, own] = [[], []];
  // Each time another node: what is damaged again and again is mended ever later.
  for (let i = 0; i < times; i++) {
    const space = `${name}.n${i}`;
    const [address] = addressOf(space);
    const monitor = spawn('ip', ['-n', space, 'monitor', 'address'], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: monitor.stdout });
    const back = new Promise((resolve) => {
      // The kernel's words: `Deleted 2: eth0 inet 10.0.1.1/16 …`, and the same without the first of them.
      lines.on('line', (line) => {
        if (line.includes(`inet ${address}`) && !line.startsWith('Deleted')) resolve(performance.now());
      });
    });
    await listening(monitor.pid);
    const started = performance.now();
    ip(space, 'address', 'delete', address, 'dev', 'eth0');
    whole.push((await back) - started);
    own.push((await next('repaired', `address ${address}`)).milliseconds);
    monitor.kill();
  }
  const median = (list) => list.toSorted((a, b) => a - b)[list.length >> 1].toFixed(0);
  const most = (list) => Math.max(...list).toFixed(0);
  console.log(`${nodes} nodes, ${times} repairs`);
  console.log(`from the start of ip to the address: median ${median(whole)} ms, longest ${most(whole)}`);
  console.log(`as the watch counts, from the event: median ${median(own)} ms, longest ${most(own)}`);
} finally {
  watch.kill('SIGINT');
  spawnSync(process.execPath, [cli, 'down', '--quiet', name], { stdio: 'inherit' });
  rmSync(folder, { recursive: true, force: true });
}
