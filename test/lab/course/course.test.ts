/**
 * docs/course/, done as its readers do it: each command of each page, in order, by root and by an ordinary user, prints what
 * the page says; what an exercise asks for is missing in its file and there in its solution.
 *
 * With NETLAB_WRITE_PAGES=1 (`npm run course`) the pages get what the commands print in place of what they say.
 */
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { load } from 'js-yaml';

import type { Block, Command, Feature, HostSnapshot } from '../../support/index.ts';
import {
  blocksOf,
  CLI,
  commandsOf,
  describeForUsers,
  hostDifferences,
  hostSnapshot,
  inGeneral,
  netlab,
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

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const COURSE = join(ROOT, 'docs/course');
const WRITES = process.env['NETLAB_WRITE_PAGES'] === '1';

/** The lessons, and what they take of the machine beside what all take. */
const LESSONS: Readonly<Record<string, readonly Feature[]>> = {
  '01-namespace': [],
  '02-veth-pair': [],
  '03-bridge': ['bridge'],
  '04-router': [],
  '05-nat': ['nftables NAT', 'python3', 'curl'],
  '06-container': ['pids controller'],
  '07-pod': ['python3', 'curl'],
  '08-overlay': ['vxlan', 'tcpdump'],
  '09-service': ['nftables NAT', 'python3', 'curl'],
  '10-policy': ['nftables', 'python3', 'curl'],
};

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

/** All topologies of the course. */
const topologies = (): string[] =>
  readdirSync(COURSE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.yaml'))
    .map((file) => join(COURSE, file));

/** The names of all its labs. */
const labs = (): string[] =>
  topologies().map((file) => (load(readFileSync(file, 'utf8')) as { name?: string }).name ?? basename(file, '.yaml'));

const exercisesOf = (lesson: string): string[] =>
  readdirSync(join(COURSE, lesson)).filter((file) => file.startsWith('exercise'));

/** `../solutions/05-nat.yaml` of `exercise.yaml`, `05-nat-limits.yaml` of `exercise-limits.yaml`. */
const solutionOf = (lesson: string, exercise: string): string =>
  join('solutions', exercise.replace(/^exercise/, lesson));

describe('docs/course', () => {
  it('has these lessons, each with a page and an exercise, and no solution of anything else', () => {
    const folders = readdirSync(COURSE).filter((name) => /^\d/.test(name));
    assert.deepEqual(folders.toSorted(), Object.keys(LESSONS));
    const solutions = folders.flatMap((lesson) => {
      const exercises = exercisesOf(lesson);
      assert.ok(exercises.length > 0, `${lesson} has no exercise`);
      return exercises.map((exercise) => solutionOf(lesson, exercise));
    });
    const there = readdirSync(join(COURSE, 'solutions')).map((file) => join('solutions', file));
    assert.deepEqual(there.toSorted(), solutions.toSorted());
  });

  it('has no link that leads nowhere', () => {
    for (const page of ['README.md', ...Object.keys(LESSONS).map((lesson) => `${lesson}/README.md`)]) {
      const text = readFileSync(join(COURSE, page), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g))
        assert.ok(existsSync(join(COURSE, dirname(page), target)), `${page}: ${target}`);
    }
  });

  it('has topologies that are right, and warn of nothing', async () => {
    const { code, stderr } = await netlab(['validate', '--strict', '--quiet', ...topologies()]);
    assert.equal(code, 0, stderr);
  });

  for (const lesson of Object.keys(LESSONS))
    for (const exercise of exercisesOf(lesson))
      it(`${lesson}/${exercise} and its solution have the same checks`, () => {
        const checks = (file: string) => (load(readFileSync(join(COURSE, file), 'utf8')) as { checks: unknown }).checks;
        assert.deepEqual(checks(solutionOf(lesson, exercise)), checks(join(lesson, exercise)));
      });
});

// Labs have the names that the pages give them.
onFreshHost(import.meta.url, () => {
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
      // The processes of the machine are seen here as well.
      const ours = new RegExp(`netlab-init (guard|keeper|node) (${labs().join('|')})(\\.\\S+)?( |$)`);
      const others = (line: string): boolean => / processes /.test(line) && !ours.test(line);
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
        // A page changes only where something has changed.
        const isSame = (seen: string): boolean => inGeneral(seen, block.varies) === inGeneral(output, block.varies);
        const printed = await typedUntil(isSame, line, folder, where.programs);
        commands.push({ line, output: isSame(printed) ? output : printed });
      }
      return sessionText(block, commands);
    }
  });
});

const general = (block: Block, text: string): string => inGeneral(text, block.varies);

/** A page with other texts in its blocks. */
function withTexts(page: string, blocks: readonly { readonly block: Block; readonly text: string }[]): string {
  return blocks.toReversed().reduce((text, { block, text: other }) => {
    const end = block.start + block.text.length;
    return text.slice(0, block.start) + other + text.slice(end);
  }, page);
}
