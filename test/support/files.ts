import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

let folder: string | undefined;
let count = 0;

/** A folder of this test run's own; it goes when the run ends. */
export function tempFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'netlab-test-'));
    // Read by other users too: some tests start netlab as one.
    chmodSync(made, 0o755);
    process.once('exit', () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}

/** Writes `text` to a new file and returns its path. Without a `name` it is a topology with a name of its own. */
export function tempFile(text: string, name = `topology-${++count}.yaml`): string {
  const path = join(tempFolder(), name);
  writeFileSync(path, text);
  return path;
}

/** A new folder with these files, by their paths in it. `name`: what the folder itself is called. */
export function tempTree(files: Readonly<Record<string, string | Uint8Array>>, name = 'tree'): string {
  const root = join(tempFolder(), `tree-${++count}`, name);
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}
