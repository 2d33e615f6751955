/**
 * What `netlab capture -w` loses at a rate: two nodes and a cable, datagrams at an even pace from one to the other, and the end of the
 * receiver written to a file. Prints what was sent, captured and dropped, and the processor's time.
 *
 *   node bench/capture.mjs [RATE [SECONDS [BYTES]]]           as root, with cc; 50000 a second for 10 seconds, of 100 bytes, unless said
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [rate = 50_000, seconds = 10, bytes = 100] = process.argv.slice(2).map(Number);
const cli = fileURLToPath(new URL('../dist/bin/netlab.cjs', import.meta.url));
const name = `bench${process.pid}`;
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
const [file, flood, captured] = ['topology.yaml', 'flood', 'flood.pcapng'].map((each) => join(folder, each));
writeFileSync(
  file,
  `name: ${name}\nnodes: { a: {}, b: {} }\nlinks: [{ endpoints: ['a:eth0', 'b:eth0'], subnet: 10.0.0.0/30 }]\n`,
);

function run(command, ...words) {
  const { status, stdout, stderr } = spawnSync(command, words, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${words.join(' ')}: ${stderr}`);
  return stdout;
}

/** Seconds of the processor that a process has used, for itself and in the kernel. */
function used(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

try {
  run('cc', '-O2', '-o', flood, fileURLToPath(new URL('flood.c', import.meta.url)));
  run(process.execPath, cli, 'up', '--quiet', file);
  const words = [cli, 'capture', '-l', name, 'b:eth0', '-w', captured, '-f', 'udp port 9', '--json'];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => (said += chunk));
  while (statSync(captured, { throwIfNoEntry: false })?.size === undefined)
    await new Promise((then) => setTimeout(then, 20));
  // Written when it listens; the address of the far end is asked for before the flood.
  run(process.execPath, cli, 'ping', '-l', name, '-c', '1', 'a', 'b');
  const before = used(child.pid);
  const sender = spawn(
    process.execPath,
    [cli, 'exec', '-l', name, 'a', '--', flood, '10.0.0.2', '9', rate, seconds, bytes].map(String),
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  let told = '';
  sender.stdout.on('data', (chunk) => (told += chunk));
  await once(sender, 'close');
  const cpu = used(child.pid) - before;
  const ended = once(child, 'close');
  child.kill('SIGINT');
  await ended;
  const [sent, took] = told.trim().split(' ').map(Number);
  const { packets, dropped } = JSON.parse(said);
  console.log(`sent      ${sent} datagrams of ${bytes} bytes in ${took} s: ${Math.round(sent / took)} a second`);
  console.log(`captured  ${packets}`);
  console.log(`dropped   ${dropped} by the kernel; ${sent - packets} missing`);
  console.log(`cpu       ${cpu.toFixed(2)} s of netlab capture: ${Math.round((100 * cpu) / took)} % of one processor`);
  console.log(
    `file      ${(statSync(captured).size / 1e6).toFixed(1)} MB; load ${loadavg()[0].toFixed(1)} on ${cpus().length} processors`,
  );
} finally {
  spawnSync(process.execPath, [cli, 'down', '--quiet', name]);
  rmSync(folder, { recursive: true, force: true });
}
