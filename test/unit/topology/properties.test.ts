/** Every property that a file can name is edited in a running lab by some test, which says whether it changes in place. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';

import { readSchema } from '../../../src/topology/schema.ts';
import { ROWS } from '../../kernel/reconcile/properties.ts';
import { Language } from '../../support/keys.ts';

const tests = new URL('../../../../test/', import.meta.url);

/** What is edited by a test of its own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  'lab/edits/processes.test.ts': `
    node.hostname node.isolation process.command process.env process.cwd process.user process.restart process.ready ready.command
    ready.file ready.timeout process.after process.stop process.stop.signal process.stop.timeout`,
  'lab/isolation/privileges.test.ts': `
    node.capabilities node.no_new_privileges process.capabilities process.no_new_privileges capabilities.drop capabilities.keep`,
  'lab/namespaces/programs.test.ts': 'process.isolation process.share process.share.ipc',
  'lab/namespaces/program-user.test.ts':
    'process.uid_map process.gid_map process.time process.uid_map.inside process.uid_map.outside process.uid_map.count',
  'lab/join/joined.test.ts': 'node.join node.join.pid node.join.netns',
  'lab/namespaces/user.test.ts': `node.uid_map node.gid_map node.gid_map.inside node.gid_map.outside node.gid_map.count`,
  'lab/namespaces/time.test.ts': 'node.time clocks.boottime clocks.monotonic',
  'lab/isolation/seccomp.test.ts': 'node.seccomp process.seccomp',
  'lab/isolation/ulimits.test.ts': `
    node.ulimits process.ulimits process.umask process.groups
    ulimits.as ulimits.core ulimits.cpu ulimits.data ulimits.fsize ulimits.locks ulimits.memlock ulimits.msgqueue
    ulimits.nice ulimits.nofile ulimits.nproc ulimits.rss ulimits.rtprio ulimits.rttime ulimits.sigpending ulimits.stack ulimit.soft ulimit.hard`,
  'lab/limits/keys.test.ts': `
    node.limits process.limits limits.memory limits.swap limits.pids limits.cpu limits.cpu_weight limits.cpuset limits.cpuset.cpus
    limits.cpuset.mems limits.io limits.io.device limits.io.read_bps limits.io.write_bps limits.io.read_iops limits.io.write_iops`,
  'lab/limits/second.test.ts': 'limits.memory_high',
  'lab/load/logs.test.ts': 'node.log process.log log.max_size log.files',
  'lab/edits/files.test.ts': 'node.files',
  'lab/edits/setup.test.ts': 'node.setup',
  'lab/rootfs/dir.test.ts': 'node.rootfs node.rootfs.dir node.rootfs.read_only',
  'lab/rootfs/mounts.test.ts': `
    node.mounts node.mounts.type node.mounts.source node.mounts.target node.mounts.read_only node.mounts.nosuid node.mounts.nodev
    node.mounts.noexec node.mounts.size node.mounts.mode node.mounts.propagation node.mounts.lower node.mounts.upper
    node.mounts.work node.propagation node.masked_paths`,
  'lab/rootfs/host.test.ts': 'node.rootfs.host node.rootfs.copy_on_write',
  'lab/rootfs/image-edits.test.ts': `
    node.rootfs.oci node.rootfs.tag node.rootfs.platform node.rootfs.tar node.rootfs.max_size process.args`,
  'lab/nftables/text.test.ts': 'node.nftables',
  'lab/rootless/uplink.test.ts': 'node.internet',
  'kernel/reconcile/link-kinds.test.ts': `
    interface.vlan_filtering interface.protocol interface.miimon interface.table interface.key interface.ttl`,
};

/** Other words of a property that is edited with another of its words. */
const SAME: Readonly<Record<string, string>> = {
  'node.uid_map.inside': 'node.gid_map.inside',
  'node.uid_map.outside': 'node.gid_map.outside',
  'node.uid_map.count': 'node.gid_map.count',
  'process.share.net': 'process.share.ipc',
  'process.share.uts': 'process.share.ipc',
  'process.share.mnt': 'process.share.ipc',
  'process.share.pid': 'process.share.ipc',
  'process.share.cgroup': 'process.share.ipc',
  'process.share.user': 'process.share.ipc',
  'process.share.time': 'process.share.ipc',
  'process.gid_map.inside': 'process.uid_map.inside',
  'process.gid_map.outside': 'process.uid_map.outside',
  'process.gid_map.count': 'process.uid_map.count',
  'ready.tcp': 'process.ready',
  'ready.http': 'process.ready',
  'ready.log': 'process.ready',
  'bridge.vlan_filtering': 'interface.vlan_filtering',
};

/** Keys that are no property of anything: what holds others, defaults that are merged under them, what `up` has nothing to do with. */
const NONE = new RegExp(
  [
    '^(name|description|nodes|links|bridges|defaults.*|checks?)$',
    '^(check|step|[a-z]+Check)\\.',
    '^node\\.(interfaces|routes|rules|neighbors|fdb|nat|firewall|processes)$',
    '^interface\\.(private_key|listen_port|peers)\\b',
  ].join('|'),
);

const keys = new Language(readSchema())
  .keys()
  .filter(({ refused, name }) => !refused && !name.includes('='))
  .map(({ name }) => name);

describe('the properties of the language', () => {
  const edited = new Set([
    ...ROWS.flatMap((row) => row.keys.split(' ')),
    ...Object.values(ELSEWHERE).flatMap((list) => list.trim().split(/\s+/)),
  ]);

  it('are all edited', () => {
    const missing = keys.filter((key) => !NONE.test(key) && !edited.has(key) && !edited.has(SAME[key] ?? ''));
    assert.deepEqual(missing, [], 'write a row in test/kernel/reconcile/properties.ts');
  });

  it('are what the tables speak of', () => {
    const known = new Set(keys);
    assert.deepEqual(
      [...edited, ...Object.keys(SAME)].filter((key) => !known.has(key)),
      [],
    );
  });

  it('are named in the files that are said to edit them', () => {
    for (const [file, list] of Object.entries(ELSEWHERE)) {
      const path = new URL(file, tests);
      assert.ok(existsSync(path), file);
      const text = readFileSync(path, 'utf8');
      for (const key of list.trim().split(/\s+/)) {
        const word = key.split('.').at(-1)!;
        assert.ok(new RegExp(`(?<![\\w-])${word}(?![\\w-])`).test(text), `${file}: ${key}`);
      }
    }
  });
});
