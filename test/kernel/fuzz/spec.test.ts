/**
 * The spec that a keeper is started with, damaged in every way: it is refused with one line that says why, or there is a keeper that says
 * so; and nothing in between. Each in namespaces of its own, which end with it.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { helperPath } from '../../../src/process/helper.ts';
import { KEEPER_FLAGS } from '../../../src/process/operations.ts';
import { encodeRecords, type ProtocolRecord } from '../../../src/process/records.ts';
import { diceFor, FUZZ_TIMEOUT, mutateBytes, seeds } from '../../support/fuzz.ts';
import { requireRoot, skip } from '../../support/index.ts';
import type { Dice } from '../../support/random.ts';
import { Cage, machineFolders } from './cage.ts';
import { type Build, sanitized } from './sanitized.ts';

/** What the keeper reports, and the exit status of what started it. */
function report(cage: Cage, program: string, input: Buffer): string {
  const apart = ['--mount', '--uts', '--ipc', '--net', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const script = '{ "$0" keeper 3>&1 1>/dev/null 2>&1; echo "status $?"; } | cat';
  const [command = '', ...args] = cage.command(['unshare', ...apart, 'sh', '-c', script, program]);
  const { stdout, error } = spawnSync(command, args, {
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
    let cage: Cage | undefined;
    let folder = '';
    let machine: string[] = [];
    const program = (): string => build?.path ?? helperPath();
    before(async function () {
      requireRoot(this);
      if (kind === 'with sanitizers') build = sanitized() ?? skip(this, 'this compiler has no sanitizers');
      machine = machineFolders();
      folder = mkdtempSync(join(tmpdir(), 'netlab-spec-'));
      for (const name of ['logs', 'links', 'private']) mkdirSync(join(folder, name));
      cage = await Cage.open([folder, ...(build === undefined ? [] : [dirname(build.path)])], program());
    });
    after(async () => {
      await cage?.close();
      rmSync(folder, { recursive: true, force: true });
    });

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
    const inCage = (...argv: readonly string[]) => {
      const [command = '', ...args] = cage!.command(argv);
      return spawnSync(command, args, { encoding: 'utf8' });
    };
    const damaged = (roll: Dice): Buffer => {
      const whole = spec();
      if (roll(3) > 0) return mutateBytes(encodeRecords(whole), roll);
      // Records left out, twice, or in another order.
      return encodeRecords(Array.from({ length: roll(14) }, () => whole[roll(whole.length)]!));
    };

    it('a good one is one', () => {
      assert.match(
        report(cage!, program(), encodeRecords(spec())),
        /^(?:status 0\n)?pid\t\d+\n(?:status 0\n)?ok\n(?:status 0\n)?$/,
      );
    });

    it('a damaged one is refused, or one too', () => {
      for (const seed of seeds(kind === 'as shipped' ? 150 : 60)) {
        const roll = diceFor('spec', seed);
        const said = report(cage!, program(), damaged(roll)).replace(/^status (?:0|125)\n/m, '');
        assert.match(said, /^(?:pid\t\d+\n)?(?:ok|error\t[^\t\n]*\t[^\t\n]*\t\d+\t[^\t\n]*)\n$/, `NETLAB_SEED=${seed}`);
        assert.equal(build?.complaints() ?? '', '', `NETLAB_SEED=${seed}`);
      }
    });

    // Damage once made /55 a link that leads to the socket of a keeper.
    it('paths that lead anywhere lead nowhere on this machine', () => {
      const odd = [
        ['ctl', '/netlab-55'],
        ['mkdir', '/etc/netlab-55', 0o755],
        ['symlink', '/run/netlab-55', '/'],
        ['write', '/var/lib/netlab-55', 'x'],
      ] as const;
      const records = spec().map((record) => (record[0] === 'ctl' ? odd[0] : record));
      assert.match(report(cage!, program(), encodeRecords([...records, ...odd.slice(1)])), /^ok$/m);
      const { stdout } = inCage('ls', '-d', '/etc/netlab-55', '/run/netlab-55', '/var/lib/netlab-55');
      assert.equal(stdout.trim().split('\n').length, 3);
      assert.deepEqual(machineFolders(), machine);
    });
  });
