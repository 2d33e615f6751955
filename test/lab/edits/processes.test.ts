import assert from 'node:assert/strict';
import { readFileSync, readlinkSync } from 'node:fs';

import { processesOf, processNamed, run } from '../../support/index.ts';
import { describeEdits } from './bench.ts';

const runs = (lab: string, line: string): boolean => processNamed(lab, line) !== undefined;

describeEdits('edits: processes', {
  'a command': {
    edit: [["[sleep, '10001']", "[sleep, '10011']"]],
    changes: ['update process a/one: command sleep 10001 → sleep 10011'],
    processes: ['sleep 10001', 'sleep 10011'],
    kernel: (lab) => assert.deepEqual([runs(lab, 'sleep 10001'), runs(lab, 'sleep 10011')], [false, true]),
  },
  'a command of a node without a PID 1': {
    edit: [["[sleep, '10004']", "[sleep, '10014']"]],
    changes: ['update process d/four: command sleep 10004 → sleep 10014'],
    processes: ['sleep 10004', 'sleep 10014'],
    kernel: (lab) => assert.deepEqual([runs(lab, 'sleep 10004'), runs(lab, 'sleep 10014')], [false, true]),
  },
  'a user': {
    edit: [["[sleep, '10003'] }", "[sleep, '10003'], user: nobody }"]],
    changes: ['update process b/three: user unset → nobody'],
    processes: ['sleep 10003'],
    kernel(lab) {
      const pid = processNamed(lab, 'sleep 10003')?.split('@')[0];
      assert.match(readFileSync(`/proc/${pid}/status`, 'utf8'), /^Uid:\t65534\t65534\t65534\t65534$/m);
      const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
      for (const entry of ['USER=nobody', 'LOGNAME=nobody', 'HOSTNAME=b'])
        assert.ok(environment.includes(entry), entry);
    },
  },
  'what is done about a process, and not the process': {
    edit: [
      ["[sleep, '10001'] }", "[sleep, '10001'], restart: always, stop: { signal: INT, timeout: 1s } }"],
      ['env: { COLOUR: red } }', "env: { COLOUR: red }, ready: { command: 'true' }, after: [one] }"],
    ],
    changes: [
      'update process a/one: restart no → always: stop TERM 2 s → INT 1 s',
      "update process a/two: ready unset → command /bin/sh -c 'true' within 30 s: after unset → a/one".replace(
        "'true'",
        'true',
      ),
    ],
    // Every pid is as before, by the comparison that each edit is put to.
    kernel: (lab) => assert.deepEqual([runs(lab, 'sleep 10001'), runs(lab, 'sleep 10002')], [true, true]),
  },
  'a variable of the environment': {
    edit: [['COLOUR: red', 'COLOUR: blue']],
    changes: ['update process a/two: env COLOUR=red → COLOUR=blue'],
    processes: ['sleep 10002'],
    kernel(lab) {
      const pid = processNamed(lab, 'sleep 10002')?.split('@')[0];
      assert.ok(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('COLOUR=blue'));
    },
  },
  'a folder': {
    edit: [["[sleep, '10003'] }", "[sleep, '10003'], cwd: /usr }"]],
    changes: ['update process b/three: cwd unset → /usr'],
    processes: ['sleep 10003'],
    kernel(lab) {
      const pid = processNamed(lab, 'sleep 10003')?.split('@')[0];
      assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/usr');
    },
  },
  'when a process counts as ready, and how long that may take': {
    edit: [["[sleep, '10003'] }", "[sleep, '10003'], ready: { file: /etc/hostname, timeout: 7s } }"]],
    changes: ['update process b/three: ready unset → file /etc/hostname within 7 s'],
    kernel: (lab) => assert.ok(runs(lab, 'sleep 10003')),
  },
  'a process more, also on a node that had none': {
    edit: [
      ["[sleep, '10003'] }", "[sleep, '10003'] }\n      more: { command: [sleep, '10033'], after: [c/new] }"],
      [
        '{ addresses: [10.1.0.2/24], mtu: 1400 }',
        "{ addresses: [10.1.0.2/24], mtu: 1400 }\n    processes: { new: { command: [sleep, '10034'] } }",
      ],
    ],
    changes: ['create process b/more', 'create process c/new'],
    processes: ['sleep 10033', 'sleep 10034', 'netlab-init node LAB.c'],
    kernel: (lab) => assert.deepEqual([runs(lab, 'sleep 10033'), runs(lab, 'sleep 10034')], [true, true]),
  },
  'a process less': {
    edit: [["      one: { command: [sleep, '10001'] }\n", '']],
    changes: ['remove process a/one'],
    processes: ['sleep 10001'],
    kernel: (lab) => assert.equal(runs(lab, 'sleep 10001'), false),
  },
  'a hostname, under processes that go on': {
    edit: [['  b:\n', '  b:\n    hostname: bee\n']],
    changes: ['update node b: hostname b → bee'],
    kernel(lab) {
      const pid = processNamed(lab, 'sleep 10003')?.split('@')[0];
      const words = run('nsenter', ['-t', pid!, '-u', '-m', 'sh', '-c', 'hostname; cat /etc/hostname']);
      assert.equal(words, 'bee\nbee\n');
    },
  },
  'a hostname of a node that has none of its own: its processes know it by their environment': {
    edit: [['    isolation: [net]\n', '    isolation: [net]\n    hostname: dee\n']],
    changes: ['update node d: hostname d → dee', 'replace process d/four'],
    processes: ['sleep 10004'],
    kernel(lab) {
      const pid = processNamed(lab, 'sleep 10004')?.split('@')[0];
      assert.ok(readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('HOSTNAME=dee'));
    },
  },
  'an isolation, and what is done about a process that would otherwise go on': {
    edit: [
      ['  b:\n', '  b:\n    isolation: [net, uts, mnt, pid]\n'],
      ["[sleep, '10003'] }", "[sleep, '10003'], restart: always }"],
    ],
    changes: [
      'update node b: isolation net, uts, mnt, pid, ipc → net, uts, mnt, pid',
      'replace process b/three: restart no → always',
    ],
    processes: ['sleep 10003', 'netlab-init node LAB.b'],
    kernel: (lab) => assert.ok(runs(lab, 'sleep 10003')),
  },
  'an isolation: the node gets a PID 1': {
    edit: [['    isolation: [net]\n', '']],
    changes: ['update node d: isolation net → net, uts, mnt, pid, ipc', 'replace process d/four'],
    processes: ['sleep 10004', 'netlab-init node LAB.d'],
    kernel: (lab) => assert.ok(runs(lab, 'sleep 10004'), Object.values(processesOf(lab)).join('\n')),
  },
});
