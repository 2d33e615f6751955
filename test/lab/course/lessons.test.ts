/** The files of docs/course/: what they refer to is there, topologies are right, pictures are of today. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { load } from 'js-yaml';

import { blocksOf, netlab } from '../../support/index.ts';
import { COURSE, exercisesOf, LESSONS, ROOT, solutionOf, topologies, WRITES } from './lessons.ts';

/** The pictures that pages show, each of the topology of its name. */
const pictures = (): [lesson: string, file: string][] =>
  Object.keys(LESSONS).flatMap((lesson) => {
    const page = readFileSync(join(COURSE, lesson, 'README.md'), 'utf8');
    return [...page.matchAll(/!\[[^\]]+\]\(([\w-]+\.svg)\)/g)].map(([, file = '']): [string, string] => [lesson, file]);
  });

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

  it('gives the reader the command, by the lines of its first lesson', () => {
    const page = readFileSync(join(COURSE, '01-namespace/README.md'), 'utf8');
    const [install] = blocksOf(page).filter(({ language }) => language === 'sh');
    const [first, ...lines] = install?.text.split('\n') ?? [];
    // How the clone came to what is tested here.
    assert.equal(first, 'npm ci');
    const script = `${lines.join('\n')}\nnetlab validate namespace.yaml`;
    const { stdout, stderr } = spawnSync('sh', ['-c', script], { cwd: ROOT, encoding: 'utf8' });
    assert.equal(stdout, 'namespace.yaml: ok\n', stderr);
  });

  it('has topologies that are right, and warn of nothing', async () => {
    const { code, stderr } = await netlab(['validate', '--strict', '--quiet', ...topologies()]);
    assert.equal(code, 0, stderr);
  });

  for (const [lesson, file] of pictures())
    it(`${lesson}/${file} is what graph draws now (else: npm run course)`, async () => {
      const { stdout, stderr } = await netlab(['graph', join(COURSE, lesson, file.replace('.svg', '.yaml'))]);
      assert.match(stdout, /^<svg /, stderr);
      if (WRITES) writeFileSync(join(COURSE, lesson, file), stdout);
      else assert.ok(readFileSync(join(COURSE, lesson, file), 'utf8') === stdout, 'it is out of date');
    });

  for (const lesson of Object.keys(LESSONS))
    for (const exercise of exercisesOf(lesson))
      it(`${lesson}/${exercise} and its solution have the same checks`, () => {
        const checks = (file: string) => (load(readFileSync(join(COURSE, file), 'utf8')) as { checks: unknown }).checks;
        assert.deepEqual(checks(solutionOf(lesson, exercise)), checks(join(lesson, exercise)));
      });
});
