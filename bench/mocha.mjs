// A suite of many labs in mocha: each is brought up, checked, and taken down by `useLab` of netlab/mocha.
//
//   node bench/mocha.mjs [SUITES] [NODES]          30 labs of 10 nodes unless said; five checks each; after `npm run build && npm run native`, as root
//
// Prints what mocha took, from its start to its end, and whether anything is left. docs/performance.md has the figures.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [suites = 30, nodes = 10] = process.argv.slice(2).map(Number);
const mocha = fileURLToPath(new URL('../node_modules/mocha/bin/mocha.js', import.meta.url));
const library = new URL('../dist/src/mocha.js', import.meta.url).href;

// A ring of routers, each with its server: what is checked is an address, a page, a page from the other side, a command, and a cut.
const SPEC = `
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { useLab } from ${JSON.stringify(library)};

const N = ${nodes};
const next = (i) => (i + 1) % N;
const topology = {
  name: 'ring',
  nodes: Object.fromEntries(Array.from({ length: N }, (_, i) => [\`r\${i}\`, {
    forwarding: true,
    routes: Array.from({ length: N }, (_, j) => j)
      .filter((j) => j !== i && next(j) !== i)
      .map((j) => ({ to: \`10.0.\${j}.0/24\`, via: \`10.0.\${i}.2\` })),
  }])),
  links: Array.from({ length: N }, (_, i) => [\`r\${i}:right\`, \`r\${next(i)}:left\`]),
};
for (let i = 0; i < N; i++) {
  topology.nodes[\`r\${i}\`].interfaces = {
    right: { addresses: [\`10.0.\${i}.1/24\`] },
    left: { addresses: [\`10.0.\${(i + N - 1) % N}.2/24\`] },
  };
}
for (let suite = 0; suite < ${suites}; suite++) {
  describe(\`ring \${suite}\`, () => {
    const lab = useLab(topology);
    let server;
    before(async () => {
      server = await lab().node('r0').listen(createServer((request, response) => response.end(request.socket.localAddress)), { port: 80, host: '0.0.0.0' });
    });
    after(() => server.close());
    it('has its addresses', async () => {
      const { members } = await lab().status();
      assert.equal(members.length, N);
    });
    it('answers its neighbour', async () => {
      assert.equal(await (await lab().node('r1').fetch('http://10.0.0.1/')).text(), '10.0.0.1');
    });
    it('answers across the ring', async () => {
      assert.equal(await (await lab().node(\`r\${N >> 1}\`).fetch('http://10.0.0.1/')).text(), '10.0.0.1');
    });
    it('runs commands', async () => {
      assert.match((await lab().node('r2').exec(['ip', 'route'])).stdout, /10\\.0\\.0\\.0\\/24/);
    });
    it('is not reached when it is cut off', async () => {
      await lab().link('r0:right', 'r0:left').down();
      await assert.rejects(lab().node('r1').connect({ host: '10.0.0.1', port: 80, timeout: 50 }));
    });
  });
}
`;

const labs = () => {
  try {
    return readdirSync('/run/netlab').filter((name) => name.startsWith('ring-'));
  } catch {
    return [];
  }
};
const before = labs();
const folder = mkdtempSync(join(tmpdir(), 'netlab-bench-'));
try {
  const file = join(folder, 'rings.test.mjs');
  writeFileSync(file, SPEC);
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [mocha, '--no-config', '--reporter', 'dot', file], {
    encoding: 'utf8',
  });
  const seconds = (performance.now() - started) / 1000;
  if (status !== 0) process.stdout.write((stdout + stderr).slice(0, 4000));
  const left = labs().filter((name) => !before.includes(name));
  console.log(
    `${suites} labs of ${nodes} nodes, up + 5 checks + down each: ${seconds.toFixed(1)} s; left: ${left.join(', ') || 'nothing'}`,
  );
  process.exitCode = status === 0 && left.length === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true });
}
