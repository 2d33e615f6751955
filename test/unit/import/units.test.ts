import assert from 'node:assert/strict';

import { unitsOf } from '../../../src/import/shell/units.ts';

const texts = (script: string): string[] => unitsOf(script).map(({ text }) => text);

describe('statements of a shell script', () => {
  it('end where a quote in a here-document is open, for it is none', () => {
    const document = "cat << EOF > /etc/motd\nDon't panic (yet\nEOF";
    assert.deepEqual(texts(`${document}\nip link set eth0 up\n`), [document, 'ip link set eth0 up']);
  });

  it('hold all here-documents of their first line, whatever quotes are about the words', () => {
    const both = 'paste /dev/fd/3 3<<"ONE" - <<-TWO\nfi\nONE\n\tdone\n\tTWO';
    assert.deepEqual(texts(`${both}\ntrue`), [both, 'true']);
  });

  it('go on behind a here-document that stands in the middle of one', () => {
    const choice = 'if true; then\n  cat <<EOF\nfi\nEOF\nfi';
    assert.deepEqual(texts(`${choice}\ntrue`), [choice, 'true']);
  });

  it('have no here-document where a number is shifted, or a word is the input', () => {
    assert.deepEqual(texts('echo $((1 << 4))\ncat <<< word\ntrue'), ['echo $((1 << 4))', 'cat <<< word', 'true']);
  });

  it('go on to the end of the script where a here-document has none', () => {
    assert.deepEqual(texts('cat <<EOF\nip link set eth0 up\n\n'), ['cat <<EOF\nip link set eth0 up']);
  });

  it('are counted by the lines of the script, and those of two lines that are one are not compound', () => {
    const units = unitsOf('# first\n\n  ip link \\\n    set eth0 up\n{ true\n}\n');
    assert.deepEqual(
      units.map(({ line, column, compound }) => ({ line, column, compound })),
      [
        { line: 3, column: 3, compound: false },
        { line: 5, column: 1, compound: true },
      ],
    );
  });

  it('are made of no line of a comment with a quote in it', () => {
    assert.deepEqual(texts("true # don't\nfalse"), ["true # don't", 'false']);
  });
});
