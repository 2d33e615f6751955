/**
 * Code of this program that runs in a node's network: in a thread that is born there, and stays there to its end. What such a thread has
 * in common with the others, the threads that read files and look up names, stays at home: so names are looked up in the lab first.
 */
import { closeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { isIP } from 'node:net';
import { Worker } from 'node:worker_threads';

import { inNetns } from '../../sys/netns.ts';
import { namesOf } from './names.ts';
import { openNetns } from './sockets.ts';

/** What the thread does: names of the lab, then the function. */
const SCRIPT = `
const { parentPort, workerData } = require('node:worker_threads');
const dns = require('node:dns');
const atHome = dns.lookup;
dns.lookup = (name, options, callback) => {
  if (typeof options === 'function') [options, callback] = [{}, options];
  const how = typeof options === 'number' ? { family: options } : (options ?? {});
  const family = { IPv4: 4, IPv6: 6 }[how.family] ?? how.family ?? 0;
  const found = (workerData.names.get(name) ?? []).filter((each) => family === 0 || each.family === family);
  if (found.length === 0) return atHome(name, options, callback);
  process.nextTick(() => (how.all ? callback(null, found) : callback(null, found[0].address, found[0].family)));
};
require('node:module').syncBuiltinESMExports();
(async () => (0, eval)('(' + workerData.source + ')')(...workerData.args))().then(
  (value) => parentPort.postMessage({ value }),
  (error) => { throw error; },
).catch((error) => {
  // What is no error of the language itself would arrive as an empty object.
  parentPort.postMessage({ error: error instanceof DOMException ? new Error(error.message) : error });
});
`;

type Answer = { readonly value: unknown } | { readonly error: unknown };

/** Runs a function there; its text, and its arguments, are all that gets there. Rejects with what it throws. */
export async function runIn(lab: string, node: string, source: string, args: readonly unknown[]): Promise<unknown> {
  const names = new Map(
    [...namesOf(lab)].map(([name, addresses]) => [
      name,
      addresses.map((address) => ({ address, family: isIP(address) })),
    ]),
  );
  // The threads that all of this process has in common are born with the first of their tasks: here, and not there.
  await stat('/');
  const netns = openNetns(lab, node);
  let worker: Worker;
  try {
    worker = inNetns(netns, () => new Worker(SCRIPT, { eval: true, workerData: { source, args, names } }));
  } finally {
    closeSync(netns);
  }
  try {
    return await new Promise((resolve, reject) => {
      worker.on('message', (answer: Answer) => {
        if ('error' in answer) reject(answer.error);
        else resolve(answer.value);
      });
      worker.on('error', reject);
      worker.on('exit', (code) => reject(new Error(`the thread in ${node} ended with ${code}, and without a result`)));
    });
  } finally {
    await worker.terminate();
  }
}
