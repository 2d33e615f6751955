/**
 * `npm run bench`: netlab against the floor (bench/floor.c) and `ip -batch`, in turn on this machine, as a Markdown table.
 *
 *   node bench/bench.mjs [--rounds 3] [--only star:100[,chain:10…]] [--tools netlab,floor,batch,tuned] [--json FILE]
 *
 * Every round runs each tool once, one after the other, and a ratio is taken within its round: a busy machine slows all
 * of them. docs/performance.md says what the columns mean.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { writeFileSync } from 'node:fs';
import { cpus, release, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { workload, write } from './generate.mjs';
import { facts, sampled } from './same.mjs';
import { table } from './table.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const cli = join(here, '../dist/bin/netlab.cjs');
const DEFAULT = 'star:10,chain:10,star:100,chain:100,star:1000,chain:1000';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    only: { type: 'string', default: DEFAULT },
    tools: { type: 'string', default: 'netlab,floor,batch,tuned' },
    json: { type: 'string' },
  },
});
const INSIDE = 'NETLAB_BENCH_INSIDE';
const rounds = Number(options.rounds);
const wanted = options.tools.split(',');
const mark = `bench${process.pid}`;
const work = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const floor = join(work, 'floor');

/** The tools. `path` is where a node's network namespace stands; `clean` removes whatever a broken run left. */
const tools = {
  netlab: {
    up: (lab) => [process.execPath, cli, 'up', join(lab.folder, 'topology.yaml')],
    down: (lab) => [process.execPath, cli, 'down', lab.name],
    downNoWait: (lab) => [process.execPath, cli, 'down', '--no-wait', lab.name],
    path: (lab, node) => `/run/netns/${lab.name}.${node}`,
    clean: (lab) => spawnSync(process.execPath, [cli, 'down', lab.name], { stdio: 'ignore' }),
  },
  floor: {
    up: (lab) => [floor, 'up', join(lab.folder, 'plan'), `/run/${lab.name}`],
    down: (lab) => [floor, 'down', join(lab.folder, 'plan'), `/run/${lab.name}`],
    path: (lab, node) => `/run/${lab.name}/${node}`,
    clean: (lab) => {
      if (!existsSync(`/run/${lab.name}`)) return;
      spawnSync(floor, ['down', join(lab.folder, 'plan'), `/run/${lab.name}`], { stdio: 'ignore' });
      spawnSync('umount', ['-l', `/run/${lab.name}`], { stdio: 'ignore' });
      rmSync(`/run/${lab.name}`, { recursive: true, force: true });
    },
  },
  batch: scripts('batch'),
  tuned: scripts('tuned'),
};

/** `ip -batch`: as it comes, or with every trick. */
function scripts(form) {
  return {
    up: (lab) => ['sh', join(lab.folder, form, 'up.sh')],
    down: (lab) => ['sh', join(lab.folder, form, 'down.sh')],
    path: (lab, node) => `/run/netns/${lab.name}-${node}`,
    clean: (lab) => {
      const left = existsSync('/run/netns') ? readdirSync('/run/netns') : [];
      if (left.some((name) => name.startsWith(`${lab.name}-`))) {
        spawnSync('sh', [join(lab.folder, form, 'down.sh')], { stdio: 'ignore' });
      }
    },
  };
}

class Stopped extends Error {}
let stopped = false;
let child;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    stopped = true;
    if (signal !== 'SIGINT') child?.kill('SIGTERM');
  });
}

/** Runs a command under `floor time`: `{ wall, cpu }` in ms. Throws with its last words when it fails. */
async function timed(command) {
  if (stopped) throw new Stopped('interrupted');
  const [said, measured] = [join(work, 'said'), join(work, 'measured')];
  const out = openSync(said, 'w');
  const result = openSync(measured, 'w');
  child = spawn(floor, ['time', ...command], { stdio: ['ignore', out, out, result] });
  const code = await new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (status, signal) => resolve(status ?? signal));
  });
  closeSync(out);
  closeSync(result);
  if (stopped) throw new Stopped('interrupted');
  if (code !== 0)
    throw new Error(`${command.join(' ')} ended with ${code}:\n${readFileSync(said, 'utf8').slice(-2000)}`);
  const { wall, cpu } = JSON.parse(readFileSync(measured, 'utf8'));
  return { wall, cpu };
}

function kernelWait() {
  return Number(spawnSync(floor, ['wait'], { encoding: 'utf8' }).stdout);
}

/**
 * CPU milliseconds so far of a lab's own processes: the keeper works for `up` and outlives it, so that the stopwatch, which
 * counts what has ended, misses it.
 */
function keeperCpu(lab) {
  const processes = new Map();
  for (const pid of readdirSync('/proc').filter((name) => /^[0-9]+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const parent = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1];
      const title = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      processes.set(pid, { parent, title });
    } catch {
      // It ended meanwhile.
    }
  }
  const ours = (pid) => {
    const process = processes.get(pid);
    if (process === undefined) return false;
    return (process.title.includes('netlab-init') && process.title.includes(lab.name)) || ours(process.parent);
  };
  let sum = 0;
  for (const pid of processes.keys()) {
    // schedstat counts nanoseconds, /proc/PID/stat only ticks of 10 ms.
    if (ours(pid)) sum += Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  }
  return sum;
}

/** One tool, one round: up, down, and for netlab once more with `down --no-wait`. */
async function measure(name, lab, check) {
  const tool = tools[name];
  const up = await timed(tool.up(lab));
  if (name === 'netlab') up.cpu += keeperCpu(lab);
  if (check)
    check(
      name,
      facts((node) => tool.path(lab, node), lab),
    );
  if (tool.downNoWait === undefined) {
    const down = await timed(tool.down(lab));
    return { up, down, downNoWait: down, kernelDone: down.wall + kernelWait() };
  }
  const down = await timed(tool.down(lab));
  kernelWait();
  await timed(tool.up(lab));
  const downNoWait = await timed(tool.downNoWait(lab));
  return { up, down, downNoWait, kernelDone: downNoWait.wall + kernelWait() };
}

/** Compares the labs that the tools made; a benchmark of different labs would be worth nothing. */
function sameLab() {
  const seen = new Map();
  return (name, found) => {
    for (const [other, expected] of seen) {
      const [left, right] = [new Set(expected), new Set(found)];
      const missing = expected.filter((fact) => !right.has(fact));
      const extra = found.filter((fact) => !left.has(fact));
      if (missing.length + extra.length === 0) continue;
      const lines = [...missing.map((x) => `  only ${other}: ${x}`), ...extra.map((x) => `  only ${name}: ${x}`)];
      throw new Error(`${name} and ${other} made different labs:\n${lines.slice(0, 40).join('\n')}`);
    }
    seen.set(name, found);
  };
}

async function compare(kind, n, records) {
  const name = `${mark}-${kind}-${n}`;
  const lab = { name, folder: join(work, name), kind, n, nodes: sampled(workload(kind, n)) };
  write(kind, n, lab.folder, name);
  const check = sameLab();
  try {
    for (let round = 0; round < rounds; round++) {
      const node = (await timed([process.execPath, '-e', '0'])).wall;
      for (const tool of wanted) {
        console.error(`${kind} ${n}: ${tool}, round ${round + 1} of ${rounds}`);
        const result = await measure(tool, lab, round === 0 ? check : undefined);
        records.push({ kind, n, round, tool, node, ...result });
      }
    }
  } finally {
    for (const tool of wanted) tools[tool].clean(lab);
    rmSync(lab.folder, { recursive: true, force: true });
  }
}

async function main() {
  for (const tool of wanted) if (!(tool in tools)) throw new Error(`no tool ${tool}: netlab, floor, batch or tuned`);
  if (process.getuid() !== 0) throw new Error('the benchmark makes network namespaces and needs root');
  if (wanted.includes('netlab') && !existsSync(cli)) throw new Error('netlab is not built: npm run build');
  const cc = spawnSync(process.env.CC ?? 'cc', ['-O2', '-o', floor, join(here, 'floor.c')], { encoding: 'utf8' });
  if (cc.status !== 0) throw new Error(`bench/floor.c does not compile: ${cc.error?.message ?? cc.stderr}`);

  const records = [];
  const list = options.only.split(',').map((item) => item.split(':'));
  for (const [kind, n] of list) await compare(kind, Number(n), records);
  const machine = `Linux ${release().split('-')[0]}, ${cpus().length} CPUs, Node ${process.versions.node}, median of ${rounds} rounds`;
  console.log(`${machine}\n\n${table(records)}`);
  if (options.json !== undefined) {
    mkdirSync(join(options.json, '..'), { recursive: true });
    writeFileSync(options.json, `${JSON.stringify({ machine, records }, null, 2)}\n`);
  }
}

/**
 * Runs this program again in a mount namespace of its own where /run is a tmpfs, as on any machine that booted with an init.
 * In a container /run may be on disk, where the name of each namespace costs 0.2 ms instead of 3 µs: that is no tool's doing.
 * And other people's labs are out of sight.
 */
async function inOwnMounts() {
  const script = 'mount -t tmpfs -o mode=0755 tmpfs /run && exec "$@"';
  const command = [process.execPath, ...process.argv.slice(1)];
  child = spawn('unshare', ['--mount', '--propagation', 'private', 'sh', '-c', script, 'sh', ...command], {
    stdio: 'inherit',
    env: { ...process.env, [INSIDE]: '1' },
  });
  process.exitCode = await new Promise((resolve) => child.on('exit', (code) => resolve(code ?? 1)));
}

try {
  await (process.env[INSIDE] === '1' || process.getuid() !== 0 ? main() : inOwnMounts());
} catch (error) {
  console.error(error.message);
  process.exitCode = error instanceof Stopped ? 130 : 1;
} finally {
  rmSync(work, { recursive: true, force: true });
}
