/** `isolation`: each kind of namespace is the node's own where the file says so, and netlab's or the machine's where it does not. */
import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';

import { describeForUsers, holder, probe, processNamed, requireRoot, Scene } from '../../support/index.ts';

const KINDS = ['net', 'uts', 'mnt', 'pid', 'ipc', 'cgroup', 'user', 'time'];
const USUAL = KINDS.slice(0, 5);
/** A node for each list, with a process by which its namespaces are seen. */
const LISTS: Readonly<Record<string, readonly string[]>> = {
  every: KINDS,
  bare: ['net'],
  named: ['net', 'uts'],
  mounts: ['net', 'mnt'],
  pids: ['net', 'mnt', 'pid'],
  memory: ['net', 'ipc'],
  usual: USUAL,
  groups: ['net', 'cgroup'],
  ids: ['net', 'user'],
  clocks: ['net', 'time'],
  container: ['net', 'uts', 'mnt', 'pid', 'ipc', 'cgroup', 'user'],
};
const LAB = [
  'nodes:',
  ...Object.entries(LISTS).map(
    ([node, list], i) =>
      `  ${node}: { isolation: [${list.join(', ')}], processes: { p: { command: [sleep, '${7000 + i}'] } } }`,
  ),
  "  default: { processes: { p: { command: [sleep, '7099'] } } }",
].join('\n');

describeForUsers('isolation', () => {
  let scene: Scene;
  before(async function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces', 'user namespaces of nobody');
    scene = new Scene(LAB, 'isolation');
    await scene.up();
  });
  after(async () => {
    await scene?.[Symbol.asyncDispose]();
  });
  const namespaces = (pid: string): Record<string, string> =>
    Object.fromEntries(KINDS.map((kind) => [kind, readlinkSync(`/proc/${pid}/ns/${kind}`)]));
  const own = (command: string): string[] => {
    const outside = namespaces(String(holder(scene.name)));
    const machine = namespaces('self');
    const inside = namespaces(processNamed(scene.name, command)!.split('@')[0]!);
    return KINDS.filter((kind) => inside[kind] !== outside[kind] && inside[kind] !== machine[kind]);
  };

  for (const [i, [node, list]] of Object.entries(LISTS).entries()) {
    it(`[${list.join(', ')}]: just these`, () => assert.deepEqual(own(`sleep ${7000 + i}`), list, node));
  }

  it('those of a machine unless the file says something', () => assert.deepEqual(own('sleep 7099'), USUAL));
});
