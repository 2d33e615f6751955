/** Namespaces of processes beside their node's: their own, and those of another process. */
import assert from 'node:assert/strict';

import type { LabStatus, NamespaceNumbers } from '../../../src/model/report.ts';
import {
  describeForUsers,
  edited,
  inShort,
  netlab,
  probe,
  requireRoot,
  run,
  Scene,
  until,
} from '../../support/index.ts';

const KINDS = ['net', 'uts', 'mnt', 'pid', 'ipc', 'cgroup', 'user', 'time'] as const;
const LAB = `
nodes:
  a:
    isolation: [net, uts, mnt, pid, ipc, cgroup, user]
    processes:
      web: { command: [sleep, '7401'], isolation: [mnt, pid, ipc], restart: always, stop: { signal: KILL } }
      side: { command: 'ps -e -o args=; exec sleep 7402', share: { pid: web, mnt: web, ipc: web } }
      far: { command: [sleep, '7403'], share: { ipc: side }, isolation: [uts, cgroup] }
      alone: { command: 'ip -o link; exec sleep 7404', isolation: [net, mnt] }
      more: { command: [sleep, '7406'], share: { net: alone, uts: far, cgroup: far } }
      plain: { command: [sleep, '7405'] }
`;
const SHARED: Readonly<Record<string, readonly [differ: readonly string[], like: string]>> = {
  web: [['mnt', 'pid', 'ipc'], 'web'],
  side: [['mnt', 'pid', 'ipc'], 'web'],
  far: [['uts', 'ipc', 'cgroup'], 'far'],
  alone: [['net', 'mnt'], 'alone'],
  more: [['net', 'uts', 'cgroup'], 'more'],
  plain: [[], 'plain'],
};

/** What lsns says of one process: the numbers of its namespaces by their kinds. */
function lsns(pid: number): Record<string, number> {
  const flat = (list: readonly Seen[]): Seen[] => list.flatMap((each) => [each, ...flat(each.children ?? [])]);
  const { namespaces } = JSON.parse(run('lsns', ['-J', '-p', String(pid)])) as { namespaces: Seen[] };
  return Object.fromEntries(flat(namespaces).map(({ ns, type }) => [type, ns]));
}

interface Seen {
  readonly ns: number;
  readonly type: string;
  readonly children?: readonly Seen[];
}

describeForUsers('namespaces of processes', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces', 'user namespaces of nobody');
    scene = new Scene(LAB, 'programs');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const status = async (): Promise<LabStatus['members'][number]> => {
    const { code, stdout, stderr } = await netlab(['status', '--namespaces', '--json', '-l', scene.name]);
    assert.equal(code, 0, stderr);
    return (JSON.parse(stdout) as LabStatus).members[0]!;
  };
  const pids = async (): Promise<Record<string, number | null>> =>
    Object.fromEntries((await status()).processes.map(({ name, pid }) => [name, pid]));
  const logged = (process: string): Promise<string> =>
    until(async () => (await netlab(['logs', '-l', scene.name, 'a', process])).stdout);

  it("are its own, or the other one's, and else its node's", async () => {
    const { namespaces: own = {}, processes } = await status();
    const of = new Map(processes.map(({ name, namespaces = {} }) => [name, namespaces]));
    for (const [name, [differ, like]] of Object.entries(SHARED)) {
      const found = of.get(name)!;
      assert.deepEqual(
        KINDS.filter((kind) => found[kind] !== own[kind]),
        differ,
        name,
      );
      for (const kind of differ)
        assert.equal(found[kind as keyof NamespaceNumbers], of.get(like)![kind as keyof NamespaceNumbers], name);
    }
    assert.equal(of.get('far')!.ipc, of.get('web')!.ipc);
    assert.deepEqual(
      [of.get('more')!.net, of.get('more')!.uts, of.get('more')!.cgroup],
      [of.get('alone')!.net, of.get('far')!.uts, of.get('far')!.cgroup],
    );
  });

  it('are told as lsns tells them, and entered by nsenter', async () => {
    const { namespaces = {}, pid, processes } = await status();
    for (const [process, told] of [
      [pid!, namespaces],
      ...processes.map((each) => [each.pid!, each.namespaces!] as const),
    ] as const) {
      const seen = await until(() => lsns(process));
      assert.deepEqual(seen, told);
      const links = run('nsenter', ['-t', String(process), '-a', 'sh', '-c', 'readlink /proc/self/ns/*']);
      // What a process in another pid namespace sees of itself.
      const entered = [...links.matchAll(/^(\w+):\[(\d+)\]$/gm)].map(([, kind, number]) => [kind, Number(number)]);
      for (const [kind, number] of entered)
        assert.equal(number, told[kind as keyof NamespaceNumbers], `${kind} of ${process}`);
    }
    const { stdout } = await netlab(['status', '--namespaces', '-l', scene.name]);
    assert.match(stdout, /^NODE +PROCESS +PID +NET +UTS +MNT +PIDS +IPC +CGROUP +USER +TIME$/m);
    for (const number of Object.values(namespaces)) assert.ok(stdout.includes(String(number)));
    assert.ok(!/ plain /.test(stdout), 'it has none that its node has not');
  });

  it('show what is in them', async () => {
    assert.deepEqual((await logged('side')).trim().split('\n').slice(0, 1), ['sleep 7401']);
    assert.match(await logged('alone'), /^1: lo: <LOOPBACK> .*\n$/);
    const inside = await netlab(['exec', '-l', scene.name, '--process', 'web', 'a', '--', 'ps', '-e', '-o', 'args=']);
    assert.deepEqual(inside.stdout.trim().split('\n').slice(0, 2), ['sleep 7401', 'sleep 7402']);
    const { stdout } = await scene.exec('a', ['ps', '-e', '-o', 'args=']);
    for (const line of [7401, 7402, 7403, 7404, 7405]) assert.ok(stdout.includes(`sleep ${line}`), String(line));
  });

  it('are entered beside a process that runs, and no other', async () => {
    const refused = async (...options: string[]): Promise<string> => {
      const { code, stderr } = await netlab(['exec', '-l', scene.name, ...options, 'a', '--', 'true']);
      assert.equal(code, 125);
      return stderr.trim();
    };
    assert.match(await refused('-p', 'webb'), /the node a of .* has no process webb; did you mean web\?$/);
    await netlab(['stop', '-l', scene.name, 'a/plain']);
    assert.match(await refused('-p', 'plain'), /the process plain of a does not run; start it with: netlab start/);
    await netlab(['start', '-l', scene.name, 'a/plain']);
  });

  it('are the next ones, of all who share them, when the first ends and starts again', async () => {
    const before = await pids();
    await scene.exec('a', ['pkill', '-KILL', '-f', '^sleep 7401$']);
    const after = await until(
      async () => {
        const now = await pids();
        return ['web', 'side', 'far'].every((name) => now[name] != null && now[name] !== before[name])
          ? now
          : undefined;
      },
      { timeout: 15_000 },
    );
    for (const name of ['alone', 'plain']) assert.equal(after[name], before[name], name);
    const { processes } = await status();
    const ipc = (name: string): number => processes.find((each) => each.name === name)!.namespaces!.ipc!;
    assert.equal(ipc('side'), ipc('web'));
    await until(
      async () => {
        const now = (await status()).processes;
        const of = (name: string): number | undefined => now.find((each) => each.name === name)?.namespaces?.ipc;
        return of('far') === of('web') && of('side') === of('web');
      },
      { timeout: 15_000, what: 'all of them together' },
    );
    await scene.assertNothingToDo();
  });

  it('take those along who share them in a restart by hand, and in an edit', async () => {
    const restarted = await netlab(['restart', '--json', '-l', scene.name, 'a/web']);
    const did = (JSON.parse(restarted.stdout) as { processes: { process: string }[] }).processes.map(
      ({ process }) => process,
    );
    assert.deepEqual(did, ['web', 'side', 'far', 'more']);
    const changes = await scene.become(edited(LAB, "[sleep, '7401']", "[sleep, '7411']"));
    assert.deepEqual(inShort(changes).toSorted(), [
      'replace process a/far',
      'replace process a/more',
      'replace process a/side',
      'update process a/web: command sleep 7401 → sleep 7411',
    ]);
    await scene.assertNothingToDo();
    const apart = await scene.become(
      edited(
        edited(LAB, "[sleep, '7401']", "[sleep, '7411']"),
        'share: { ipc: side }, isolation: [uts, cgroup]',
        'isolation: [uts, cgroup]',
      ),
    );
    assert.deepEqual(inShort(apart), [
      'update process a/far: share ipc of side → unset: after a/side → unset',
      'replace process a/more',
    ]);
    assert.equal(
      (await status()).processes.find(({ name }) => name === 'far')!.namespaces!.ipc,
      (await status()).namespaces!.ipc,
    );
    await scene.assertNothingToDo();
  });
});
