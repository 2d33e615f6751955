import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';

import { COMMON } from '../../../src/cli/args.ts';
import { GROUPS, VERBS } from '../../../src/cli/catalogue.ts';
import { palette } from '../../../src/cli/color.ts';
import { programHelp, verbHelp } from '../../../src/cli/help.ts';
import { width } from '../../../src/cli/table.ts';

const plain = palette(false);
const page = readFileSync(new URL('../../../../docs/cli.md', import.meta.url), 'utf8');

/** The words of a line of shell, up to a redirection. Enough for the examples. */
function shellWords(line: string): string[] {
  const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
  const redirection = words.findIndex((word) => word === '<' || word === '>');
  return redirection < 0 ? words : words.slice(0, redirection);
}

describe('cli help', () => {
  it('of the program fits one screen and teaches', () => {
    const text = programHelp(plain).split('\n');
    assert.ok(text.length <= 50, `${text.length} lines`);
    for (const line of text) assert.ok(width(line) <= 80, line);
    assert.deepEqual(text.slice(4, 8), [
      'A first session',
      '  netlab up topologies/pair.yaml     make the lab: two nodes and a cable',
      '  netlab exec a -- ping -c 1 b       do something in it',
      '  netlab down pair                   and take it away again',
    ]);
    for (const [title, verbs] of GROUPS) {
      assert.ok(text.includes(title));
      for (const [name, { summary }] of Object.entries(verbs))
        assert.ok(text.includes(`  ${name.padEnd(12)}${summary}`));
    }
  });

  it('is exact', async () => {
    const { verb } = await import('../../../src/cli/verbs/plan.ts');
    assert.equal(
      verbHelp(verb, plain),
      `Usage  netlab plan [options] [FILE]

Prints what \`up\` would do, with the reason for each change, and changes nothing:
+ create, ~ update in place (from → to), ± replace, - remove. What stands in the
nodes and was made by somebody else is listed apart; \`up\` leaves it alone. FILE
as for \`up\`. With --explain the plan is a script of ip, bridge, sysctl and nft
commands, with the line of the file that asks for each: run by sh as root it
gives the same lab, but for its processes, which stand as comments.

Options
      --explain     print a script of ip, bridge, sysctl and nft commands
      --prune       plan for up --prune, which removes what others made
      --exit-code   exit with 3 when there is something to change
      --strict      take the file's warnings for errors
      --json        print the result as JSON
  -q, --quiet       no progress, messages or summary
  -v, --verbose     print more
      --no-color    no colours (as NO_COLOR=1 in the environment)
  -h, --help        explain this verb

Examples
  netlab plan topologies/pair.yaml
      what would change
  netlab plan --exit-code -q lab.yaml
      for scripts: does the lab still equal its file?
  netlab plan --explain topologies/pair.yaml
      the same by hand: a script for sh

Exit codes
  0   done; with --exit-code: nothing to change
  3   with --exit-code: there is something to change`,
    );
  });

  for (const [name, { load }] of VERBS) {
    describe(name, () => {
      it('has a page of at most 80 columns', async () => {
        const { verb } = await load();
        assert.equal(verb.name, name);
        assert.ok(verb.usage === name || verb.usage.startsWith(`${name} `));
        for (const line of verbHelp(verb, plain).split('\n')) assert.ok(width(line) <= 80, line);
      });

      it('has two or three examples, and each parses', async () => {
        const { verb } = await load();
        assert.ok(verb.examples.length >= 2 && verb.examples.length <= 3);
        for (const { type } of verb.examples) {
          const [program, first, ...words] = shellWords(type);
          assert.deepEqual([program, first], ['netlab', name]);
          assert.equal(verb.parse(words).options['help'], false, type);
        }
      });

      it('is in docs/cli.md, with each of its options', async () => {
        const { verb } = await load();
        const row = page
          .split('\n')
          .find((line) => line.startsWith(`| \`${name}\` |`) || line.startsWith(`| \`${name} `));
        assert.ok(row !== undefined, `docs/cli.md has no row for ${name}`);
        for (const [option, { short }] of Object.entries(verb.options)) {
          // -l is explained once for all; the row says that the verb has it.
          if (option !== 'lab') assert.ok(row.includes(`\`--${option}`), `${name} --${option}`);
          if (short !== undefined) assert.ok(row.includes(`\`-${short}\``), `${name} -${short}`);
        }
        for (const [code] of verb.exitCodes ?? [])
          assert.match(page, new RegExp(code === 'N' ? "command's own" : `\\b${code}\\b`));
      });
    });
  }

  it('has the options of all verbs in docs/cli.md', () => {
    for (const option of [...Object.keys(COMMON), 'lab']) assert.ok(page.includes(`\`--${option}`), option);
    for (const variable of ['NO_COLOR', 'TERM', 'NETLAB_DEBUG', 'NETLAB_INIT', 'SHELL'])
      assert.ok(page.includes(`| \`${variable}`), variable);
  });
});
