import assert from 'node:assert/strict';

import { readNftText } from '../../../src/topology/nft-text.ts';

describe('nft text', () => {
  for (const [text, ...tables] of [
    ['table inet extra { }', 'inet extra 1'],
    ['table extra {\n}\ntable ip6 six { chain c { } }', 'ip extra 1', 'ip6 six 3'],
    [
      'add table netdev "x"; add chain netdev x c { type filter hook ingress device eth0 priority 0; }',
      'netdev x 1',
      'netdev x 1',
    ],
    ['# table inet no { }\ndefine a = { 1, 2 }\nadd rule inet t c tcp dport { 1, 2 } accept', 'inet t 3'],
    ['table inet t {\n  chain c {\n    add table\n  }\n}', 'inet t 1'],
    ['create table t\ninsert rule ip t c accept\nadd element ip t s { 1.1.1.1 }', 'ip t 1', 'ip t 2', 'ip t 3'],
    ['table inet t { comment "} table inet no {" ; }', 'inet t 1'],
    ['ct helper inet t h { type "ftp" protocol tcp; }', 'inet t 1'],
    ['define x = 1'],
    [''],
  ] as const) {
    it(JSON.stringify(text), () => {
      assert.deepEqual(
        readNftText(text).tables.map(({ table, line }) => `${table} ${line}`),
        tables,
      );
    });
  }

  it('names what reaches beyond its own tables', () => {
    assert.deepEqual(readNftText('flush ruleset\ntable inet t { }\n  include "/etc/x"').foreign, [
      { words: 'flush ruleset', line: 1 },
      { words: 'include', line: 3 },
    ]);
  });
});
