/** The package as users get it, in a folder of theirs: docs/testing.md is done there from its first line to its last. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { load } from 'js-yaml';

import {
  blocksOf,
  environmentOfOtherTests,
  onFreshHost,
  probe,
  requireRoot,
  run,
  tempFolder,
} from '../../support/index.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));

// Labs have the names that the page gives them.
onFreshHost(import.meta.url, () => {
  describe('the package, and docs/testing.md', function () {
    this.timeout(120_000);
    let folder: string;
    const page = blocksOf(readFileSync(join(ROOT, 'docs/testing.md'), 'utf8'));

    before(function () {
      requireRoot(this);
      probe(this, 'veth', 'pid namespaces');
      folder = join(tempFolder(), 'project');
      const modules = join(folder, 'node_modules');
      mkdirSync(join(modules, '.bin'), { recursive: true });
      // What is installed beside it are the dependencies of this repository, so that nothing is fetched.
      for (const name of readdirSync(join(ROOT, 'node_modules')))
        if (!name.startsWith('.')) symlinkSync(join(ROOT, 'node_modules', name), join(modules, name));
      run('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder, ROOT]);
      const [archive = ''] = readdirSync(folder).filter((name) => name.endsWith('.tgz'));
      mkdirSync(join(modules, 'netlab'));
      run('tar', ['-xzf', join(folder, archive), '-C', join(modules, 'netlab'), '--strip-components=1']);
      const { bin } = JSON.parse(readFileSync(join(modules, 'netlab/package.json'), 'utf8')) as {
        bin: { netlab: string };
      };
      symlinkSync(join('../netlab', bin.netlab), join(modules, '.bin/netlab'));
      symlinkSync('../mocha/bin/mocha.js', join(modules, '.bin/mocha'));
      writeFileSync(join(folder, 'package.json'), '{ "name": "project", "type": "module" }');
      for (const { file, text } of page) {
        if (file === undefined) continue;
        mkdirSync(dirname(join(folder, file)), { recursive: true });
        writeFileSync(join(folder, file), text);
      }
    });

    /** A line of shell, as a person types it in that folder. */
    function shell(line: string): string {
      const PATH = `${join(folder, 'node_modules/.bin')}:${process.env['PATH']}`;
      const env = { ...environmentOfOtherTests(), PATH, NO_COLOR: '1' };
      const { status, stdout, stderr } = spawnSync('sh', ['-c', line], { cwd: folder, encoding: 'utf8', env });
      assert.equal(status, 0, `${line}\n${stdout}${stderr}`);
      return stdout;
    }

    it('has all of its files, and each command of the page does what it says', () => {
      const files = page.flatMap(({ file }) => file ?? []);
      assert.deepEqual(files, ['web.yaml', 'web.test.mjs', 'reach.mjs', 'reach.ts', '.github/workflows/network.yaml']);
      const lines = page
        .filter(({ language }) => language === 'sh')
        .flatMap(({ text }) => text.split('\n'))
        .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('npm install'));
      assert.equal(lines.length, 3);
      for (const line of lines) {
        const printed = shell(line);
        assert.match(printed, line.startsWith('npx mocha') ? /3 passing/ : /^ok 3 - nothing else is/m);
      }
      assert.match(readFileSync(join(folder, 'report.xml'), 'utf8'), /<testsuites?/);
      assert.equal(shell('node reach.mjs'), 'reached\n');
    });

    it('does the same in the job of GitHub’s', () => {
      interface Workflow {
        readonly jobs: { readonly test: { readonly steps: readonly { readonly run?: string }[] } };
      }
      const { jobs } = load(readFileSync(join(folder, '.github/workflows/network.yaml'), 'utf8')) as Workflow;
      const steps = jobs.test.steps.flatMap((step) =>
        step.run === undefined || step.run === 'npm ci' ? [] : [step.run],
      );
      assert.equal(steps.length, 3);
      for (const step of steps) shell(step.replace(/^sudo /, ''));
    });

    it('has types: a user of them compiles, runs, and is told of a node that is not there', () => {
      const tsc = `node '${join(ROOT, 'node_modules/typescript/bin/tsc')}' --strict --module nodenext --target es2022 --types node`;
      const suite =
        "import { useLab } from 'netlab/mocha';\nexport const lab = useLab({ nodes: { a: { forwarding: true } } });\n";
      writeFileSync(join(folder, 'suite.ts'), suite);
      shell(`${tsc} reach.ts suite.ts`);
      assert.match(
        shell('node -e "import(\'./reach.js\').then((m) => m.events()).then(console.log)"'),
        /'lab',[\s\S]*'synced'/,
      );
      const wrong = readFileSync(join(folder, 'reach.ts'), 'utf8').replace("'b:eth0'", "'c:eth0'");
      writeFileSync(join(folder, 'wrong.ts'), wrong);
      assert.throws(() => shell(`${tsc} --noEmit wrong.ts`), /'"c:eth0"' is not assignable/);
    });
  });
});
