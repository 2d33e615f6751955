import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatProblem, TopologyError } from '../../../src/errors.ts';
import { expandObject, loadTopology, loadTopologyText } from '../../../src/topology/load.ts';

const topologies = new URL('../../../../topologies/', import.meta.url);

/** The problems that loading ends with. */
function problems(load: () => unknown): string {
  try {
    load();
  } catch (error) {
    if (error instanceof TopologyError) return error.problems.map(formatProblem).join('\n');
    throw error;
  }
  return '';
}

describe('loadTopology', () => {
  const folder = mkdtempSync(join(tmpdir(), 'netlab-load-'));
  const write = (name: string, content: string | Uint8Array): string => {
    const file = join(folder, name);
    writeFileSync(file, content);
    return file;
  };
  after(() => rmSync(folder, { recursive: true }));

  for (const name of readdirSync(topologies).filter((file) => file.endsWith('.yaml'))) {
    it(`topologies/${name} is right, and warns of nothing`, () => {
      const file = new URL(name, topologies).pathname;
      const { model, warnings, checks, text } = loadTopology(file);
      assert.deepEqual(warnings, []);
      assert.equal(model.name, name.replace('.yaml', ''));
      assert.equal(model.file, file);
      assert.ok(checks.length > 0);
      assert.equal(text, readFileSync(file, 'utf8'));
      assert.match(text, /^# yaml-language-server: \$schema=\.\.\/schemas\/topology\.schema\.json\n/);
    });
  }

  it('says what a file is that it cannot read', () => {
    assert.equal(
      problems(() => loadTopology('/nowhere/x.yaml')),
      '/nowhere/x.yaml\n  there is no such file',
    );
    const there = write('some-lab.yaml', 'nodes: {}\n');
    for (const typed of ['some-lab', 'sme-lab.yaml', 'some-lab.yml']) {
      const path = there.replace('some-lab.yaml', typed);
      assert.equal(
        problems(() => loadTopology(path)),
        `${path}\n  there is no such file; did you mean ${there}?`,
      );
    }
    assert.equal(
      problems(() => loadTopology(folder)),
      `${folder}\n  found a directory, expected a topology file`,
    );
    const locked = write('locked.yaml', 'nodes: {}\n');
    chmodSync(locked, 0);
    if (process.getuid?.() !== 0)
      assert.match(
        problems(() => loadTopology(locked)),
        /may not be read/,
      );
    assert.match(
      problems(() => loadTopology(write('zero', 'a\0b'))),
      /binary file \(a NUL byte at offset 1\)/,
    );
    assert.match(
      problems(() => loadTopology(write('latin1', Uint8Array.of(0xe4, 0x3a, 0x20)))),
      /not UTF-8/,
    );
    assert.match(
      problems(() => loadTopology(`${locked}/x`)),
      /no folder/,
    );
  });

  it('refuses 10 MB of junk before it parses them', () => {
    const junk = write('junk', Buffer.alloc(10_000_000, '{[}]:,&*\n'));
    const start = performance.now();
    assert.match(
      problems(() => loadTopology(junk)),
      /more than 4 MiB/,
    );
    assert.ok(performance.now() - start < 1000);
    assert.match(
      problems(() => loadTopology(write('junk4', Buffer.alloc(4_000_000, '{[}]:,&*\n')))),
      /not valid YAML/,
    );
  });

  it('takes standard input, a byte order mark, and JSON', () => {
    assert.equal(loadTopology('-', { stdin: '{"nodes": {"a": {}}}' }).model.name, 'lab');
    const { model } = loadTopologyText('\ufeffnodes:\r\n  a:\r\n    hostname: x\r\n', 'My Lab_2.yml');
    assert.equal(model.name, 'my-lab-2');
    assert.deepEqual(model.locate(['nodes', 'a', 'hostname']), {
      file: 'My Lab_2.yml',
      line: 3,
      column: 15,
      path: 'nodes.a.hostname',
    });
  });

  it('cannot be made to write into prototypes', () => {
    const text = '__proto__: { polluted: 1 }\nconstructor: { prototype: { polluted: 1 } }\nnodes: { toString: {} }\n';
    assert.match(
      problems(() => loadTopologyText(text, 'x')),
      /unknown key "__proto__"/,
    );
    assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
    const nodes = JSON.parse('{"nodes": {"a": {"__proto__": {"hostname": "x"}}}}') as object;
    assert.match(
      problems(() => expandObject(nodes, 'x')),
      /nodes\.a\.__proto__\n {2}unknown key/,
    );
  });

  it('finds variables in any scalar, and a number where only a number will do', () => {
    const text =
      'nodes:\n  "${A}": { hostname: "${N}", interfaces: { lo: { addresses: ["${IP:-10.0.0.1}/32"] }, b: { type: bridge, mtu: "${N}" } } }\n  p:\n    processes: { x: { command: "echo $HOME $${HOME}" } }\n';
    const { model } = loadTopologyText(text, 'x', { env: { A: 'alpha', N: '1400' } });
    const find = (kind: string): Record<string, unknown>[] =>
      model.resources.filter((one) => one.kind === kind).map((one) => ({ ...one }));
    assert.equal(find('namespace')[0]?.['node'], 'alpha');
    assert.equal(find('namespace')[0]?.['hostname'], '1400');
    assert.equal(find('link')[1]?.['mtu'], 1400);
    assert.equal(find('address')[0]?.['prefix'], '10.0.0.1/32');
    assert.deepEqual(find('process')[0]?.['command'], ['/bin/sh', '-c', 'echo $HOME ${HOME}']);
  });

  it('names a place in a file for whatever asked for a resource', () => {
    const file = new URL('bridge-lan.yaml', topologies).pathname;
    const { model } = loadTopology(file);
    for (const { at } of model.resources) {
      assert.ok(at !== undefined);
      assert.ok(model.locate(at).line > 20);
    }
    // pc2 is an alias of pc1, and its route stands there.
    assert.equal(model.locate(['nodes', 'pc2', 'routes', 0]).line, model.locate(['nodes', 'pc1', 'routes', 0]).line);
  });

  it('finds what came by a merge key or from the defaults where it is written', () => {
    const text =
      'defaults:\n  node:\n    sysctls: { net.a.b: 1 }\nnodes:\n  a: &a\n    hostname: x\n  b:\n    <<: *a\n    forwarding: true\n';
    const { model } = loadTopologyText(text, 'x');
    assert.deepEqual(model.locate(['nodes', 'b', 'hostname']), {
      file: 'x',
      line: 6,
      column: 15,
      path: 'nodes.b.hostname',
    });
    assert.deepEqual(model.locate(['nodes', 'b', 'sysctls', 'net.a.b']), {
      file: 'x',
      line: 3,
      column: 25,
      path: 'defaults.node.sysctls.net.a.b',
    });
    assert.equal(model.locate(['nodes', 'b', 'routes', 0]).line, 7);
  });

  it('tells warnings apart from errors', () => {
    const text = 'nodes: { a: { interfaces: { e: { mtu: 9000 } } }, b: {} }\nlinks: [["a:e", "b:e"]]\n';
    const { warnings } = loadTopologyText(text, 'x');
    assert.deepEqual(warnings.map(formatProblem), [
      'x:1:39  nodes.a.interfaces.e.mtu\n  warning: a:e has an MTU of 9000, but b:e on the same segment has 1500',
    ]);
  });
});

describe('warnings', () => {
  const words = (text: string): string[] =>
    loadTopologyText(text, 'x', { env: {} }).warnings.map(({ message }) => message);

  it('translation on a node that passes nothing on', () => {
    const text = (more: string): string =>
      `nodes: { a: { ${more} nat: [{ masquerade: { out: e } }] }, b: {} }\nlinks: [["a:e", "b:e"]]\n`;
    assert.match(words(text('')).join(''), /did you forget "forwarding: true"/);
    assert.deepEqual(words(text('forwarding: { ipv4: true },')), []);
    assert.deepEqual(words(text('sysctls: { net.ipv4.ip_forward: 1 },')), []);
  });

  it('are not raised by interfaces of different segments, nor by a bridge that fits itself to its ports', () => {
    const text = `
nodes: { r: { interfaces: { br: { type: bridge, ports: [a] }, b: { mtu: 9000 } } }, x: {}, y: { interfaces: { e: { mtu: 9000 } } } }
links: [{ endpoints: ["r:a", "x:e"], mtu: 1400 }, ["r:b", "y:e"]]
`;
    assert.deepEqual(words(text), []);
  });
});

describe('expandObject', () => {
  it('takes the shape of a file, and speaks of paths', () => {
    const { model } = expandObject({ nodes: { a: {}, b: {} }, links: [['a:eth0', 'b:eth0']] }, 'duo');
    assert.equal(model.name, 'duo');
    assert.equal(model.resources.length, 6);
    const bad = { nodes: { a: { hostname: 5 } } } as unknown as object;
    assert.equal(
      problems(() => expandObject(bad, 'duo')),
      'duo  nodes.a.hostname\n  found 5, expected a string',
    );
  });

  it('refuses what JSON cannot say', () => {
    const circle: Record<string, unknown> = {};
    circle['nodes'] = circle;
    assert.match(
      problems(() => expandObject(circle, 'x')),
      /contains itself/,
    );
    assert.match(
      problems(() => expandObject({ nodes: (() => 1) as never }, 'x')),
      /a function/,
    );
    assert.match(
      problems(() => expandObject([] as never, 'x')),
      /an empty list/,
    );
    assert.match(
      problems(() => expandObject(null as never, 'x')),
      /nothing/,
    );
  });
});

describe('a thousand nodes', () => {
  it('load without places being looked for', () => {
    let text = 'nodes:\n';
    const links: string[] = [];
    for (let i = 0; i < 1000; i++) {
      text += `  n${i}:\n    interfaces:\n      eth0: { addresses: [10.${i >> 8}.${i & 255}.1/31] }\n`;
      text += `    routes:\n      - { to: default, via: 10.${i >> 8}.${i & 255}.0 }\n`;
      links.push(`  - { endpoints: ["n${i}:eth1", "n${(i + 1) % 1000}:eth0"] }\n`);
    }
    text += `links:\n${links.join('')}`;
    const start = process.cpuUsage();
    const { model } = loadTopologyText(text, 'big.yaml');
    const { user, system } = process.cpuUsage(start);
    assert.equal(model.resources.filter(({ kind }) => kind === 'link').length, 3000);
    // Some 150 ms at home; the bound only catches what has become quadratic.
    assert.ok(user + system < 2_000_000, `${(user + system) / 1000} ms`);
  });
});
