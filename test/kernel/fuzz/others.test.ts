/** Who is served by control sockets: root, and whoever the keeper's user is. Nobody else, however he has come by a connection. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { helperPath } from '../../../src/process/helper.ts';
import { encodeRecords } from '../../../src/process/records.ts';
import { nodeSocket } from '../../../src/state/keepers.ts';
import { nobody, probe, requireRoot, until } from '../../support/index.ts';
import { TestKeeper, titled } from '../process/fixture.ts';
import { descriptors } from '../../support/usage.ts';

const ASK = `
import os, socket, sys
path = sys.argv[1]
folder, name = os.path.split(os.readlink(path) if os.path.islink(path) else path)
os.chdir(folder)
os.chmod(".", 0o777), os.chmod(name, 0o777)
os.setgroups([]); os.setgid(int(sys.argv[2])); os.setuid(int(sys.argv[2]))
for _ in range(20):
    s = socket.socket(socket.AF_UNIX)
    s.connect(name)
    said = b""
    try:
        s.sendall(b"\\x0f\\0\\0\\0" + b"1\\0status\\x001\\0end\\0")
        while not said.endswith(b"ok\\n"):
            more = s.recv(100)
            if not more: break
            said += more
    except (ConnectionResetError, BrokenPipeError):
        pass
    print((said.decode().split() or ["nothing"])[-1])
`;

/** What a user hears of a control socket: each answer once. */
function heard(path: string, uid: number): string[] {
  const { stdout, stderr, status } = spawnSync('python3', ['-c', ASK, path, String(uid)], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return [...new Set(stdout.trim().split('\n'))];
}

describe('fuzz: other users at the control sockets', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'python3');
  });

  it('of root: the keeper, and a node', async () => {
    const lab = new TestKeeper().start();
    const inside = lab.node('r1').pid;
    for (const [path, pid] of [
      [lab.ctl, lab.pid],
      [nodeSocket(lab.pid, 'r1'), inside],
    ] as const) {
      const before = descriptors(pid);
      assert.deepEqual(heard(path, nobody().uid), ['nothing']);
      assert.deepEqual(heard(path, 0), ['ok']);
      await until(() => descriptors(pid) <= before);
    }
    await lab.end();
  });

  it('of nobody: other users are none, root is served', async () => {
    const { uid, gid } = nobody();
    const folder = mkdtempSync(join(tmpdir(), 'netlab-nobody-'));
    for (const each of [folder, join(folder, 'logs')]) {
      if (each !== folder) mkdirSync(each);
      chownSync(each, uid, gid);
      chmodSync(each, 0o755);
    }
    const name = `nobody-${process.pid}`;
    const ctl = join(folder, 'ctl');
    const spec = [
      ['lab', name],
      ['flags', 0],
      ['ctl', ctl],
      ['private', join(folder, 'own')],
      ['logs', join(folder, 'logs')],
    ];
    const stdio = ['pipe', 'ignore', 'ignore', 'pipe'] as const;
    const started = spawnSync(helperPath(), ['keeper'], { uid, gid, input: encodeRecords(spec), stdio: [...stdio] });
    const pid = Number(/^pid\t(\d+)/.exec(String(started.output[3]))?.[1]);
    assert.ok(pid > 1, String(started.output[3]));
    try {
      assert.deepEqual(heard(ctl, uid - 1), ['nothing']);
      assert.deepEqual(heard(ctl, uid), ['ok']);
      assert.deepEqual(heard(ctl, 0), ['ok']);
    } finally {
      process.kill(pid, 'SIGKILL');
      await until(() => titled(name).length === 0);
      rmSync(folder, { recursive: true });
    }
  });
});
