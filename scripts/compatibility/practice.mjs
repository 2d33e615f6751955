/** Labs of 42-netpractice-containerlab: wiring alone, a right and a wrong list of commands for it, and a script that tells which it was. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NETLAB = fileURLToPath(new URL('../../dist/bin/netlab.cjs', import.meta.url));

/** Runs the lines `NODE: COMMAND` of a file, without those that are still to be filled in. Failures are no matter, as there. */
export function configure({ lab, path, netlab }, file) {
  for (const line of readFileSync(join(path, file), 'utf8').split('\n')) {
    const [, node, command] = /^\s*([^#\s:]+):\s*(.+)$/.exec(line) ?? [];
    if (node !== undefined && !command.includes('___')) netlab(['exec', '-l', lab, node, '--', 'sh', '-c', command]);
  }
}

/** Runs verify.sh with a `docker` that is `netlab exec`. Each line of its table is a check. */
export function verify({ lab, path }, timeout) {
  const folder = mkdtempSync(join(tmpdir(), 'netlab-docker-'));
  try {
    const docker = join(folder, 'docker');
    const lines = [
      '#!/bin/bash',
      '# docker exec clab-LAB-NODE COMMAND…',
      'shift',
      'node="${1#clab-"$LAB"-}"',
      'shift',
      `exec ${process.execPath} ${NETLAB} exec -l ${lab} "$node" -- "$@"`,
    ];
    writeFileSync(docker, `${lines.join('\n')}\n`);
    chmodSync(docker, 0o755);
    const { stdout } = spawnSync('bash', ['-c', `set -a; . ${JSON.stringify(join(path, 'verify.sh'))}`, 'verify.sh'], {
      cwd: path,
      encoding: 'utf8',
      timeout,
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, LAB_RUNTIME: 'docker' },
    });
    const rows = stdout.split('\n').filter((line) => /\[[OK]{2}\]\s*$/.test(line));
    return { total: rows.length, failures: rows.filter((line) => line.includes('[KO]')).map((line) => line.trim()) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
