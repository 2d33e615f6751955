/** Every key of the language is proved against the kernel by some test, unless a later version brings it. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { readSchema } from '../../../src/topology/schema.ts';
import { Language } from '../../support/keys.ts';
import { PROOFS } from '../../support/proofs.ts';

const root = new URL('../../../../', import.meta.url);
const keys = new Language(readSchema()).keys();
const proved = new Map<string, string[]>();
for (const [file, list] of Object.entries(PROOFS)) {
  for (const key of list.trim().split(/\s+/)) proved.set(key, [...(proved.get(key) ?? []), file]);
}

/** What has no meaning without something that is refused itself: the keys of a WireGuard interface, and those of checks. */
function isLater(name: string): boolean {
  return (
    /^interface\.(private_key|listen_port|peers)\b/.test(name) ||
    // The names of tables are numbers before they leave the topology: those of routes and rules prove that.
    name.startsWith('interface.table=') ||
    // How records of other types, and other codes, are read is proved by test/kernel/probe/dns.test.ts.
    /^dnsCheck\.(type|rcode)=/.test(name)
  );
}

describe('the proofs of the language', () => {
  it('are there for every key and every word of a key', () => {
    const missing = keys.filter(({ name, refused }) => !refused && !isLater(name) && !proved.has(name));
    assert.deepEqual(
      missing.map(({ name }) => name),
      [],
      'no test brings up a lab with these: write one, and name it in test/support/proofs.ts',
    );
  });

  it('are not of keys that are refused, or that there are not', () => {
    const known = new Set(keys.flatMap(({ name, refused }) => (refused ? [] : [name])));
    assert.deepEqual(
      [...proved.keys()].filter((name) => !known.has(name)),
      [],
    );
  });

  it('are in files that there are, each of which says the word, or whose topology does', () => {
    for (const [file, list] of Object.entries(PROOFS)) {
      const path = new URL(`test/${file}`, root);
      assert.ok(existsSync(path), file);
      const own = /^lab\/topologies\/(.*)\.test\.ts$/.exec(file)?.[1];
      const folder = file.startsWith('lab/edits/') ? [new URL('test/lab/edits/bench.ts', root)] : [];
      const sources = [path, ...folder, ...(own === undefined ? [] : [new URL(`topologies/${own}.yaml`, root)])];
      const text = sources.map((each) => readFileSync(each, 'utf8')).join('\n');
      for (const key of list.trim().split(/\s+/)) {
        const word = key.split(/[.=](?!1Q|1ad)/).at(-1)!;
        assert.ok(new RegExp(`(?<![\\w-])${word.replaceAll('.', '\\.')}(?![\\w-])`).test(text), `${file}: ${key}`);
      }
    }
  });
});
