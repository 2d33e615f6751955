/** The folder of a node: what can stand in a topology, and what stays where it is. */
import assert from 'node:assert/strict';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';

import { readNodeFolder, withLessText } from '../../../src/import/folder.ts';
import { tempTree } from '../../support/files.ts';

describe('the folder of a node', () => {
  it('has programs among its texts, and none of them only because all is executable', () => {
    const names = ['etc/frr/daemons', 'etc/init.d/own', 'root/run', 'srv/index.html'];
    const folder = tempTree(
      {
        'etc/frr/daemons': 'bgpd=yes\n',
        'etc/init.d/own': '#!/bin/sh\n',
        'root/run': 'date\n',
        'srv/index.html': '<p>\n',
      },
      'pc1',
    );
    for (const name of names) chmodSync(join(folder, name), 0o755);
    assert.deepEqual(
      readNodeFolder(folder).texts.map(({ path, executable }) => [path, executable]),
      [
        ['/etc/frr/daemons', false],
        ['/etc/init.d/own', true],
        ['/root/run', true],
        ['/srv/index.html', false],
      ],
    );
  });

  it('keeps what services are told, where there is more text than anybody reads', () => {
    const page = 'x'.repeat(60_000);
    const pages = Object.fromEntries([1, 2, 3, 4, 5].map((i) => [`srv/${i}.html`, page]));
    const folder = tempTree({ ...pages, 'etc/motd': 'hello\n' }, 'pc2');
    const { texts, others } = withLessText(readNodeFolder(folder), folder);
    assert.deepEqual([texts.map(({ path }) => path), others.length], [['/etc/motd'], 5]);
    assert.deepEqual(others[0], {
      path: '/srv/1.html',
      source: join(folder, 'srv/1.html'),
      reason: 'one of 5 texts, too many to stand in a topology',
    });
  });
});
