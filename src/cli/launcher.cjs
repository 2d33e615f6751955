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

/** The bundle as a function of what a CommonJS module is given. */
function compile(folder) {
  const filename = join(folder, 'command.cjs');
  // A first line with #! is none of a function's.
  const bundle = readFileSync(filename, 'latin1').replace(/^#!/, '//');
  const source = `(function (require, module, __filename, importProgram) {${bundle}\n})`;
  let cachedData;
  try {
    cachedData = readFileSync(join(folder, 'command.cache'));
  } catch {
    // It is there to save time only.
  }
  return new Script(source, { filename, cachedData });
}

module.exports = { compile };
if (require.main === module) {
  const script = compile(__dirname);
  const importProgram = (url) => import(url);
  script.runInThisContext()(require, module, join(__dirname, 'command.cjs'), importProgram);
}
