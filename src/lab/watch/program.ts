/** A topology that is read again. Of a program Node keeps what it imports, so one that imports files beside it runs in a process of its own. */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import { TopologyError } from '../../errors.ts';
import { expandObject, isProgram, type LoadedTopology, type LoadOptions, readTopology } from '../../topology/load.ts';
import { sourcesOf } from './sources.ts';

/** Prints the topology on descriptor 3; what the program itself prints goes where messages go. */
const SCRIPT = `
  const { writeFileSync } = await import('node:fs');
  const { default: exported } = await import(process.argv[1]);
  const inner = exported?.__esModule ? exported.default : exported;
  writeFileSync(3, JSON.stringify((typeof inner === 'function' ? await inner() : inner) ?? null));
`;

/** Reads a topology's file anew. Throws TopologyError. */
export async function reload(file: string, options: Pick<LoadOptions, 'strict'>): Promise<LoadedTopology> {
  if (!isProgram(file) || sourcesOf(resolve(file)).length === 1) return readTopology(file, options);
  return expandObject(JSON.parse(await run(file)) as object, file, options);
}

function run(file: string): Promise<string> {
  const args = ['--input-type=module', '-e', SCRIPT, pathToFileURL(resolve(file)).href];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 2, 'pipe', 'pipe'] });
  const text = ['', ''];
  for (const [i, stream] of [child.stderr, child.stdio[3]].entries())
    stream?.on('data', (chunk: Buffer) => (text[i] += chunk.toString()));
  return new Promise((done, refuse) => {
    child.on('error', refuse);
    child.on('close', (code) => (code === 0 ? done(text[1]!) : refuse(refusal(file, text[0]!))));
  });
}

/** What Node said, in the line that names the error. */
function refusal(file: string, said: string): TopologyError {
  const line = said.split('\n').find((each) => /^(?:\w*Error\b|Uncaught)/.test(each)) ?? said.trim().split('\n').at(-1);
  const message = `this program cannot be loaded: ${line}`;
  return new TopologyError([{ file, line: 0, column: 0, path: '', message, severity: 'error' }]);
}
