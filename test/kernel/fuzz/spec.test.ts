/**
 * The spec that a keeper is started with, damaged in every way: it is refused with one line that says why, or there is a keeper that says
 * so; and nothing in between. Each in namespaces of its own, which end with it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { helperPath } from '../../../src/process/helper.ts';
import { KEEPER_FLAGS } from '../../../src/process/operations.ts';
import { encodeRecords, type ProtocolRecord } from '../../../src/process/records.ts';
import { diceFor, FUZZ_TIMEOUT, mutateBytes, seeds } from '../../support/fuzz.ts';
import { requireRoot, skip } from '../../support/index.ts';
import type { Dice } from '../../support/random.ts';
import { type Build, sanitized } from './sanitized.ts';

/** What the keeper reports, and the exit status of what started it. */
function report(program: string, input: Buffer): string {
  const apart = ['--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child'];
  const script = '{ "$0" keeper 3>&1 1>/dev/null 2>&1; echo "status $?"; } | cat';
  const { stdout, error } = spawnSync('unshare', [...apart, 'sh', '-c', script, program], {
    input,
    encoding: 'latin1',
    timeout: 30_000,
  });
  assert.equal(error, undefined, 'it has not come to its end');
  return stdout;
}

for (const kind of ['as shipped', 'with sanitizers'] as const)
  describe(`fuzz: specs of keepers, ${kind}`, function () {
    this.timeout(FUZZ_TIMEOUT);
    let build: Build | undefined;
    let folder = '';
    before(function () {
      requireRoot(this);
      if (kind === 'with sanitizers') build = sanitized() ?? skip(this, 'this compiler has no sanitizers');
      folder = mkdtempSync(join(tmpdir(), 'netlab-spec-'));
      for (const name of ['logs', 'links', 'private']) mkdirSync(join(folder, name));
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    const spec = (): readonly ProtocolRecord[] => [
      ['lab', 'spec'],
      ['flags', KEEPER_FLAGS],
      ['ctl', join(folder, 'ctl')],
      ['private', join(folder, 'own')],
      ['logs', join(folder, 'logs')],
      ['links', join(folder, 'links'), 'spec.'],
      ['rlimit-nofile'],
      ['mount', 'tmpfs', join(folder, 'private'), 'tmpfs', 14, 'mode=755'],
      ['mkdir', join(folder, 'private', 'hostname'), 0o755],
      ['hostname', 'spec'],
    ];
    const damaged = (roll: Dice): Buffer => {
      const whole = spec();
      if (roll(3) > 0) return mutateBytes(encodeRecords(whole), roll);
      // Records left out, twice, or in another order.
      return encodeRecords(Array.from({ length: roll(14) }, () => whole[roll(whole.length)]!));
    };

    it('a good one is one', () => {
      assert.match(
        report(build?.path ?? helperPath(), encodeRecords(spec())),
        /^(?:status 0\n)?pid\t\d+\n(?:status 0\n)?ok\n(?:status 0\n)?$/,
      );
    });

    it('a damaged one is refused, or one too', () => {
      for (const seed of seeds(kind === 'as shipped' ? 150 : 60)) {
        const roll = diceFor('spec', seed);
        const said = report(build?.path ?? helperPath(), damaged(roll)).replace(/^status (?:0|125)\n/m, '');
        assert.match(said, /^(?:pid\t\d+\n)?(?:ok|error\t[^\t\n]*\t[^\t\n]*\t\d+\t[^\t\n]*)\n$/, `NETLAB_SEED=${seed}`);
        assert.equal(build?.complaints() ?? '', '', `NETLAB_SEED=${seed}`);
      }
    });
  });
