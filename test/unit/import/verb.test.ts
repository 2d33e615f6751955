/** `netlab import`: what it prints where, and its exit codes. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Imported } from '../../../src/import/import.ts';
import { netlab } from '../../support/cli.ts';
import { tempFile, tempTree } from '../../support/files.ts';

const LAB = tempTree(
  {
    'lab.conf': 'pc1[0]="A"\nr1[0]="A"\nr1[1]="B"\nr1[image]="own/image"\npc2[0]="B"\n',
    'pc1.startup': 'echo ${HOME} $$ > /tmp/x\n',
    'pc1/etc/motd': 'hello\n',
  },
  'first lab',
);

describe('netlab import', () => {
  it('prints a topology that validates, and says on standard error what it has not', async () => {
    const { code, stdout, stderr } = await netlab(['import', LAB]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^# Imported from .*first lab\/lab\.conf \(Kathará\)\.\n#\n# Not the same as there:\n#   .*lab\.conf:4 {2}r1\[image\]: /,
    );
    assert.match(stdout, /\nname: first-lab\n/);
    assert.match(stderr, /first lab\/lab\.conf:4:1 {2}r1\[image\]\n {2}warning: the image own\/image is not used/);
    const validated = await netlab(['validate', '-'], { input: stdout });
    assert.deepEqual([validated.code, validated.stderr], [0, '']);
  });

  it('says whose programs the topology runs', async () => {
    const lab = tempTree(
      {
        'lab.conf': 'r1[0]="A"\n',
        'r1.startup':
          'systemctl start frr\nvtysh -c "show run"\nif test -f /x; then tcpdump -w /x & fi\necho curl\nbash -c "sudo dig @::1"',
        'r1/etc/frr/frr.conf': '!\n',
      },
      'needs',
    );
    const { stdout, stderr } = await netlab(['import', lab]);
    const names = ['bind9-dnsutils', 'frr', 'tcpdump'];
    assert.match(stderr, new RegExp(`the topology runs programs of Debian's ${names.join(', ')}\n`));
    assert.match(stdout, new RegExp(`# Packages of Debian whose programs it runs:\n# {3}${names.join(' ')}\n`));
  });

  it('writes to a file, with paths from its folder, and nothing to standard output', async () => {
    const lab = tempTree({ 'lab.conf': 'pc1[0]="A"\n', 'pc1/srv/blob': new Uint8Array([0, 1, 2]) }, 'blob');
    const file = join(lab, '..', 'blob.yaml');
    const { code, stdout, stderr } = await netlab(['import', '-o', file, lab]);
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /the topology reads \.\/blob\/pc1: \/srv\/blob is not a text\n/);
    assert.match(
      readFileSync(file, 'utf8'),
      /source: \.\/blob\/pc1, target: \/hostlab\/pc1[^]*cp -P \/hostlab\/pc1\/srv\/blob \/srv\/blob/,
    );
    const lost = await netlab(['import', '-o', join(lab, 'no/such/folder.yaml'), lab]);
    assert.deepEqual([lost.code, lost.stderr.includes('ENOENT')], [1, true]);
  });

  it('tells what comes on standard input by what stands in it', async () => {
    const graph = '<graphml><graph><node id="a"/><node id="b"/><edge source="a" target="b"/></graph></graphml>';
    const { code, stdout, stderr } = await netlab(['import', '--routes', '-'], { input: graph });
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(
      stdout,
      /\(GraphML\)[^]*\nlinks:\n {2}- \{ endpoints: \[a:eth0, b:eth0\], subnet: 10\.0\.0\.0\/31 \}\n$/,
    );
  });

  it('gives programs all of it', async () => {
    const { stdout } = await netlab(['import', '--json', '--name', 'other', LAB]);
    const { format, source, topology, yaml, left, carried, needs } = JSON.parse(stdout) as Imported;
    assert.deepEqual([format, source, topology.name], ['kathara', join(LAB, 'lab.conf'), 'other']);
    assert.deepEqual(
      left.map(({ line, path, severity }) => [line, path, severity]),
      [[4, 'r1[image]', 'warning']],
    );
    assert.deepEqual([carried, needs], [[], []]);
    assert.match(yaml, /name: other/);
  });

  for (const [words, code, message] of [
    [['--strict', LAB], 2, 'r1[image]'],
    [['--format', 'gns3', LAB], 2, 'option --format: found "gns3", expected kathara, containerlab or graphml'],
    [['--name', 'No Name', LAB], 2, 'found "No Name" as the name of a lab'],
    [[tempTree({ 'x.txt': '' }, 'nothing')], 2, 'in this folder stands nothing that can be imported (Kathará'],
    [[tempFile('nodes: {}\n', 'own.yaml')], 2, 'a topology of netlab needs no import'],
    [
      [tempFile('nodes:\n- name: R1\nnode_configs:\n- name: R1\n  cmds:\n  - cmd: ip link\n', 'spec.yaml')],
      2,
      'this is a specification of tinet',
    ],
    [
      [tempFile('from lib.topogen import Topogen\n', 'test_rip.py')],
      2,
      'this is a program of Python, which builds its network while it runs',
    ],
    [
      [tempFile('{ "Network": "10.0.0.0/16", "Backend": { "Type": "extension" } }', 'vxlan')],
      2,
      'this is a configuration of flannel',
    ],
    [
      [tempFile('name: x\ntopology:\n  nodes:\n{{- range . }}\n', 'x.clab.gotmpl')],
      2,
      'this is a template of a containerlab file',
    ],
    [['/no/such/lab'], 2, 'there is no such file'],
    [[tempTree({ 'lab.conf': 'pc1[0]="A"\nwhat\n' }, 'wrong')], 2, 'lab.conf:2:1\n  found "what"'],
    [[], 2, 'FILE|FOLDER is missing'],
  ] as const) {
    it(`${words.filter((word) => !word.startsWith('/tmp')).join(' ') || 'of what cannot be'} exits ${code}: ${message}`, async () => {
      const result = await netlab(['import', ...words]);
      assert.equal(result.code, code, result.stderr);
      assert.ok(result.stderr.includes(message), result.stderr);
      assert.equal(result.stdout, '');
    });
  }
});
