/** lab.conf, as Kathará reads it. */
import assert from 'node:assert/strict';

import { TopologyError } from '../../../src/errors.ts';
import { readLabConf } from '../../../src/import/kathara/lab-conf.ts';

function mistakes(text: string): string[] {
  try {
    readLabConf(text, 'lab.conf');
    return [];
  } catch (error) {
    assert.ok(error instanceof TopologyError);
    return error.problems.map(({ line, column, message }) => `${line}:${column} ${message}`);
  }
}

describe('lab.conf', () => {
  it('is read with quotes of every kind, blanks, comments and a byte order mark', () => {
    const { machines, metadata } = readLabConf(
      [
        '\ufeffLAB_NAME="a lab"',
        "LAB_AUTHOR='I. Myself'",
        '# a comment',
        '',
        'pc1[1]=B',
        `  pc1[0]="A/02:00:00:00:00:0A"   # with a MAC`,
        "pc1[image]='kathara/base'\r",
        'r_1[0]="A"',
        'r_1[env]="X=1"',
        'r_1[env]="Y=2"',
      ].join('\n'),
      'lab.conf',
    );
    assert.deepEqual(
      [...metadata],
      [
        ['name', 'a lab'],
        ['author', 'I. Myself'],
      ],
    );
    assert.deepEqual(
      machines.map(({ name, attachments, options }) => [
        name,
        attachments.map(({ number, domain, mac }) => [number, domain, mac]),
        options.map(({ name, value }) => `${name}=${value}`),
      ]),
      [
        [
          'pc1',
          [
            [0, 'A', '02:00:00:00:00:0a'],
            [1, 'B', undefined],
          ],
          ['image=kathara/base'],
        ],
        ['r_1', [[0, 'A', undefined]], ['env=X=1', 'env=Y=2']],
      ],
    );
    assert.deepEqual(machines[0]!.attachments[0]!.origin, { file: 'lab.conf', line: 6, column: 3, subject: 'pc1[0]' });
  });

  it("may be Netkit's, with a way out, a list of its devices, and lines that are comments", () => {
    const { machines, comments } = readLabConf(
      'machines="r1 pc2"\nnow the devices\nr1[0]=A\nr1[1]=tap,192.168.1.1,192.168.1.2\npc1[0]=A\n',
      'lab.conf',
    );
    assert.deepEqual(
      machines.map(({ name, attachments }) => [name, attachments.map(({ domain, tap }) => [domain, tap])]),
      [
        [
          'r1',
          [
            ['A', undefined],
            ['tap', { far: '192.168.1.1', own: '192.168.1.2' }],
          ],
        ],
        ['pc2', []],
      ],
    );
    assert.deepEqual(
      comments.map(({ line, column }) => [line, column]),
      [[2, 1]],
    );
    assert.deepEqual(mistakes('pc1[0]=tap,192.168.1.1,300.1.1.1'), [
      '1:1 found "tap,192.168.1.1,300.1.1.1", expected a collision domain of letters, digits, - and _, with /MAC behind it or not',
    ]);
  });

  it('tells all mistakes together, each by its line', () => {
    assert.deepEqual(mistakes('pc1[0]="A"\nwhat is this\n pc1[0]="B"\npc2[0]="A B"\npc3[0]="A/zz"\nshared[0]="A"\n'), [
      '2:1 found "what is this", expected machine[N]="DOMAIN", machine[OPTION]="VALUE", LAB_NAME="…" or a comment',
      '3:2 found interface 0 of pc1 a second time',
      '4:1 found "A B", expected a collision domain of letters, digits, - and _, with /MAC behind it or not',
      '5:1 found "zz", expected a MAC address such as 02:00:00:00:00:01',
      '6:1 found "shared" as the name of a device, which Kathará keeps for itself',
    ]);
    assert.deepEqual(mistakes('# nothing\n'), ['0:0 found no device, expected lines like pc1[0]="A"']);
  });
});
