/** netlab-init with the compiler's own eyes on every access to memory (AddressSanitizer, UndefinedBehaviorSanitizer). */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { tempFolder } from '../../support/index.ts';

const SOURCES = fileURLToPath(new URL('../../../../native/', import.meta.url));

/** A build of netlab-init, and what it has complained of so far. */
export interface Build {
  readonly path: string;
  /** Empty when nothing is wrong. */
  complaints(): string;
}

/** Compiles it into a folder of its own; undefined where the compiler has no sanitizers. */
export function sanitized(): Build | undefined {
  const folder = mkdtempSync(join(tempFolder(), 'sanitized-'));
  const path = join(folder, 'netlab-init');
  const log = join(folder, 'complaint');
  // Its own words, for nobody hands an environment to a keeper, and its standard error is /dev/null.
  const options = join(folder, 'options.c');
  const words = `log_path=${log}:detect_leaks=0:abort_on_error=1:quarantine_size_mb=1:print_stacktrace=1:halt_on_error=1`;
  writeFileSync(
    options,
    `const char *__asan_default_options(void);\nconst char *__asan_default_options(void) { return "${words}"; }\n` +
      `const char *__ubsan_default_options(void);\nconst char *__ubsan_default_options(void) { return "${words}"; }\n`,
  );
  const files = readdirSync(SOURCES).filter((name) => name.endsWith('.c'));
  const flags = ['-std=c17', '-D_GNU_SOURCE', '-O1', '-g', '-fsanitize=address,undefined', '-fno-omit-frame-pointer'];
  const all = [...flags, '-o', path, options, ...files.map((name) => join(SOURCES, name))];
  const runs = spawnSync('cc', all).status === 0 && spawnSync(path, ['noop']).status === 0;
  if (!runs) return undefined;
  return {
    path,
    complaints: () =>
      readdirSync(folder)
        .filter((name) => name.startsWith('complaint'))
        .map((name) => readFileSync(join(folder, name), 'utf8').slice(0, 4000))
        .join('\n'),
  };
}
