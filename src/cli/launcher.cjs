#!/usr/bin/env node
/**
 * Starts the command line: runs the bundle beside this file, with the code that V8 compiled when the bundle was built. V8 refuses
 * that of another version and compiles anew; nothing but time is lost then. docs/decisions/0011-bundled-command.md.
 */
'use strict';
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { setFlagsFromString } = require('node:v8');
const { Script } = require('node:vm');

// Nearly everything runs once, or some thousand times, and then the command is over: code that the optimiser has just finished is not
// run any more, and half of its work is thrown away. So Node 20 shall wait longer with it (docs/decisions/0012); newer ones have
// a compiler in between, and another name for this.
if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=500000');

/** The bundle of this name as a function of what a CommonJS module is given, and of what runs the whole one. */
function compile(folder, name) {
  const filename = join(folder, `${name}.cjs`);
  // A first line with #! is none of a function's.
  const bundle = readFileSync(filename, 'latin1').replace(/^#!/, '//');
  const source = `(function (require, module, __filename, importProgram, runWhole) {${bundle}\n})`;
  let cachedData;
  try {
    cachedData = readFileSync(join(folder, `${name}.cache`));
  } catch {
    // It is there to save time only.
  }
  return new Script(source, { filename, cachedData });
}

/** Runs a bundle. The brief one calls `runWhole` when it comes to something that it has not got: then nothing has been done yet. */
function run(name) {
  const importProgram = (url) => import(url);
  const runWhole = () => {
    process.removeAllListeners('uncaughtException');
    run('command');
  };
  compile(__dirname, name).runInThisContext()(require, module, join(__dirname, `${name}.cjs`), importProgram, runWhole);
}

module.exports = { compile };
if (require.main === module) {
  const verb = process.argv.slice(2).find((word) => !word.startsWith('-'));
  run(verb === 'exec' || verb === 'shell' ? 'brief' : 'command');
}
