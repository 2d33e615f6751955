/**
 * docs/course/, done as its readers do it: each command of each page, in order, by root and by an ordinary user, prints what
 * the page says; what an exercise asks for is missing in its file and there in its solution.
 *
 * With NETLAB_WRITE_PAGES=1 (`npm run course`) the pages get what the commands print in place of what they say.
 */
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Block, Command, HostSnapshot } from '../../support/index.ts';
import {
  blocksOf,
  CLI,
  commandsOf,
  describeForUsers,
  hostDifferences,
  hostSnapshot,
  inGeneral,
  nobody,
  onFreshHost,
  probe,
  requireRoot,
  run,
  sessionText,
  takesRoot,
  tempFolder,
  testReport,
  typed,
  typedUntil,
  user,
} from '../../support/index.ts';
import { COURSE, exercisesOf, labs, LESSONS, WRITES } from './lessons.ts';

/** A copy of the course that is the current user's, and a folder with the command `netlab`. */
function copy(): { readonly course: string; readonly programs: string } {
  const folder = join(tempFolder(), `course-of-${user()}`);
  const course = join(folder, 'course');
  const programs = join(folder, 'bin');
  cpSync(COURSE, course, { recursive: true });
  mkdirSync(programs, { recursive: true });
  writeFileSync(join(programs, 'netlab'), `#!/bin/sh\nexec '${process.execPath}' '${CLI}' "$@"\n`, { mode: 0o755 });
  if (user() === 'nobody') run('chown', ['-R', `${nobody().uid}:${nobody().gid}`, folder]);
  return { course, programs };
}

/** A topology as a page shows it: below its name, without the comments that it opens with. */
function shown(folder: string, file: string): string {
  return `# ${file}\n${readFileSync(join(folder, file), 'utf8').replace(/^(#.*\n|\n)*/, '')}`;
}

// Labs have the names that the pages give them.
const define = (): void => {
  describeForUsers('docs/course, step by step', function () {
    this.timeout(60_000);
    let where: ReturnType<typeof copy>;
    let host: HostSnapshot;
    const lessons = Object.keys(LESSONS);
    const needed = [...new Set(Object.values(LESSONS).flat())];

    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'pid namespaces', 'ping');
      if (user() === 'nobody') probe(this, 'user namespaces of nobody');
      where = copy();
      host = hostSnapshot();
    });
    after(() => {
      // The processes and control groups of the machine are seen here as well.
      const ours = new RegExp(`netlab-init (guard|keeper|node) (${labs().join('|')})(\\.\\S+)?( |$)`);
      const groups = new RegExp(`/netlab-(${labs().join('|')})\\.`);
      const others = (line: string): boolean =>
        / processes /.test(line) ? !ours.test(line) : line.includes('/sys/fs/cgroup/') && !groups.test(line);
      const differences = hostDifferences(host, hostSnapshot()).filter((line) => !others(line));
      assert.deepEqual(differences, [], 'the host is not as it was');
    });

    for (const [lesson, features] of Object.entries(LESSONS)) {
      it(`${lesson}: each command prints what the page shows`, async function () {
        probe(this, ...features);
        const file = join(COURSE, lesson, 'README.md');
        const page = readFileSync(file, 'utf8');
        const folder = join(where.course, lesson);
        const blocks: { block: Block; text: string }[] = [];
        for (const block of blocksOf(page)) blocks.push({ block, text: await now(block, folder) });
        if (WRITES && user() === 'root') writeFileSync(file, withTexts(page, blocks));
        else for (const { block, text } of blocks) assert.equal(general(block, text), general(block, block.text));
        assert.equal(typed('netlab ls -q', folder, where.programs), '', 'the page leaves a lab behind');
      });
    }

    it('what no page shows of the exercises fails, too', async function () {
      probe(this, ...needed);
      const unseen = lessons.flatMap((lesson) => {
        const page = readFileSync(join(COURSE, lesson, 'README.md'), 'utf8');
        const isShown = (file: string): boolean => new RegExp(`^\\$ netlab test .*${file}[^]*?^not ok`, 'm').test(page);
        const takesLimits = (file: string): boolean => file.includes('limits') && user() !== 'root';
        return exercisesOf(lesson)
          .filter((file) => !isShown(file) && !takesLimits(file))
          .map((file) => join(lesson, file));
      });
      if (user() === 'root') assert.deepEqual(unseen, ['06-container/exercise-limits.yaml']);
      if (unseen.length === 0) return;
      const { report } = await testReport(unseen.map((file) => join(where.course, file)));
      for (const { outcome, reason } of report.labs)
        assert.deepEqual({ outcome, reason }, { outcome: 'failed', reason: undefined });
    });

    it('all exercises pass when they are solved', async function () {
      probe(this, ...needed);
      const solutions = readdirSync(join(where.course, 'solutions')).filter(
        (file) => user() === 'root' || !file.includes('limits'),
      );
      const { report, stdout } = await testReport(solutions.map((file) => join(where.course, 'solutions', file)));
      const { passed, failed, skipped } = report;
      assert.deepEqual({ failed, skipped }, { failed: 0, skipped: 0 }, stdout);
      assert.ok(passed >= 3 * solutions.length - 2, `only ${passed} checks`);
    });

    /** What a block should be: of a session what it prints now, of a topology what is in the file. */
    async function now(block: Block, folder: string): Promise<string> {
      if (block.file !== undefined) return shown(folder, block.file);
      if (block.language !== 'console' || (takesRoot(block) && user() !== 'root')) return block.text;
      const commands: Command[] = [];
      for (const { line, output } of commandsOf(block)) {
        // How long a check is tried in vain is the same for everybody: root has waited for it.
        if (user() !== 'root' && /^netlab test (?!--checks).*exercise/.test(line)) {
          commands.push({ line, output });
          continue;
        }
        // A page changes only where something has changed.
        const isSame = (seen: string): boolean => inGeneral(seen, block.varies) === inGeneral(output, block.varies);
        const printed = await typedUntil(isSame, line, folder, where.programs);
        commands.push({ line, output: isSame(printed) ? output : printed });
      }
      return sessionText(block, commands);
    }
  });
};
onFreshHost(import.meta.url, define, { groups: true });

const general = (block: Block, text: string): string => inGeneral(text, block.varies);

/** A page with other texts in its blocks. */
function withTexts(page: string, blocks: readonly { readonly block: Block; readonly text: string }[]): string {
  return blocks.toReversed().reduce((text, { block, text: other }) => {
    const end = block.start + block.text.length;
    return text.slice(0, block.start) + other + text.slice(end);
  }, page);
}
