/**
 * The same root file system run by runc and by netlab, seen by the same script from within, line by line. What differs is listed here, and
 * explained in docs/isolation.md; anything else that differs fails.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import {
  BUNDLE_SHIFT,
  busyboxRoot,
  netlab,
  probe,
  requireRoot,
  run,
  runcBundle,
  Scene,
  skip,
  tempFolder,
  until,
} from '../../support/index.ts';

/** The capabilities that `runc spec` gives. */
const KEPT = ['CAP_AUDIT_WRITE', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'];
const MASKED = 'acpi asound kcore keys latency_stats timer_list timer_stats sched_debug scsi';

const SCRIPT = `
echo "== hostname"; hostname
echo "== processes"; ps -o pid,comm | tail -n +2
echo "== mounts"; cat /proc/self/mountinfo
echo "== capabilities"; grep -E '^(Cap(Prm|Eff|Bnd|Amb)|NoNewPrivs)' /proc/self/status
echo "== ids"; cat /proc/self/uid_map /proc/self/gid_map; id -u; id -g
echo "== devices"; cd /dev; stat -c '%n %F %a %t,%T' * | sort; cd /
echo "== masked"
for path in ${MASKED}; do
  if [ -d /proc/$path ]; then echo "$path: a folder of $(ls -A /proc/$path | wc -l)"
  elif [ -e /proc/$path ]; then echo "$path: a file of $(cat /proc/$path | wc -c)"
  else echo "$path: absent"; fi
done
echo "firmware: $(ls -A /sys/firmware | wc -l)"
echo "== read-only"
for path in sys/net/ipv4/ip_forward irq/default_smp_affinity fs/x bus/x; do (echo 0 > /proc/$path) 2>&1 | sed 's/.*: //'; done
mkdir /new 2>&1; mkdir /sys/new 2>&1
echo "== end"
`;

/** What each of them says, by the names of the sections, in words that do not depend on who numbers what. */
type Sections = ReadonlyMap<string, readonly string[]>;

function sectionsOf(text: string): Sections {
  const parts = text.split(/^== /m).slice(1);
  return new Map(
    parts.map((part) => {
      const [name = '', ...lines] = part.trimEnd().split('\n');
      const plain = lines.map((line) => line.trim().replaceAll(/\s+/g, ' '));
      return [name, name === 'mounts' ? plain.map(mountWords).toSorted() : plain];
    }),
  );
}

/** `POINT TYPE OPTIONS (OPTIONS OF THE FILE SYSTEM)`; of a disk and of an overlay those are another matter, and so is the size of the machine. */
function mountWords(line: string): string {
  const [head = '', tail = ''] = line.split(' - ');
  const [, , , , point, options] = head.split(' ');
  const [type = '', , own = ''] = tail.split(' ');
  const isDisk = point === '/' || type === 'devtmpfs';
  return `${point} ${isDisk ? 'DISK' : type} ${options} (${isDisk ? '' : own.replaceAll(/,?[ug]id=\d{6}/g, '')})`;
}

/** `-` what runc alone has, `+` what netlab alone has. */
function differences(runc: readonly string[], own: readonly string[]): string[] {
  return [
    ...runc.filter((line) => !own.includes(line)).map((line) => `- ${line}`),
    ...own.filter((line) => !runc.includes(line)).map((line) => `+ ${line}`),
  ];
}

for (const inUserNamespace of [false, true]) {
  describe(`the same root by runc and by netlab${inUserNamespace ? ', in a user namespace' : ''}`, () => {
    let scene: Scene;
    let theirs: Sections;
    let ours: Sections;

    before(async function () {
      requireRoot(this);
      probe(this, 'runc', 'pid namespaces');
      const root = busyboxRoot(this);
      writeFileSync(join(root, 'compare.sh'), SCRIPT);
      if (inUserNamespace) run('chown', ['-R', `${BUNDLE_SHIFT}:${BUNDLE_SHIFT}`, root]);
      const name = `netlab-test-${process.pid}-${inUserNamespace}`;
      const { status, stdout, stderr } = spawnSync(
        'runc',
        [
          '--root',
          join(tempFolder(), 'runc'),
          'run',
          '--bundle',
          runcBundle(root, ['/bin/sh', '/compare.sh'], inUserNamespace),
          name,
        ],
        { encoding: 'utf8' },
      );
      if (status !== 0) skip(this, `runc cannot run here: ${stderr.trim().split('\n').at(-1)}`);
      theirs = sectionsOf(stdout);
      scene = new Scene(
        `
nodes:
  a:
    hostname: box
    rootfs: { dir: ${root}, read_only: true }
    capabilities: { keep: [${KEPT.join(', ')}] }
    no_new_privileges: true
${inUserNamespace ? `    isolation: [net, uts, mnt, pid, ipc, user]\n    uid_map: ${BUNDLE_SHIFT}\n    gid_map: ${BUNDLE_SHIFT}\n` : ''}
    processes: { compare: { command: [/bin/sh, /compare.sh] } }
`,
        'runc',
      );
      await scene.up();
      const text = await until(async () => {
        const log = await netlab(['logs', '-l', scene.name, 'a']);
        return log.stdout.includes('== end') ? log.stdout : undefined;
      });
      ours = sectionsOf(text);
    });
    after(async () => {
      await scene?.[Symbol.asyncDispose]();
    });

    const differ = (name: string): string[] => differences(theirs.get(name)!, ours.get(name)!);

    it('has the same hostname, ids, capabilities, masked and read-only paths', () => {
      assert.deepEqual(ours.get('hostname'), ['box']);
      assert.equal(theirs.get('capabilities')!.length, 5);
      assert.match(ours.get('ids')![0]!, inUserNamespace ? /^0 100000 65536$/ : /^0 0 4294967295$/);
      for (const name of ['hostname', 'ids', 'capabilities', 'masked', 'read-only'])
        assert.deepEqual(differ(name), [], name);
    });

    it('has the same devices', () => {
      assert.ok(ours.get('devices')!.length > 10);
      assert.deepEqual(differ('devices'), []);
    });

    it('has the same processes, but for its PID 1', () => {
      const names = (sections: Sections): string[] => sections.get('processes')!.map((line) => line.split(' ')[1]!);
      assert.deepEqual(names(theirs).slice(0, 2), ['sh', 'ps']);
      assert.deepEqual(names(ours).slice(0, 3), ['netlab-init', 'sh', 'ps']);
      assert.match(ours.get('processes')![0]!, /^1 netlab-init/);
    });

    it('has the same mounts with the same options, but for those that are explained', () => {
      const left = differ('mounts').filter((line) => !EXPLAINED.some(([pattern]) => pattern.test(line)));
      assert.deepEqual(left, []);
      assert.ok(ours.get('mounts')!.filter((line) => theirs.get('mounts')!.includes(line)).length >= 6);
      const page = readFileSync(new URL('../../../../docs/isolation.md', import.meta.url), 'utf8');
      for (const [pattern, words] of EXPLAINED) assert.ok(page.includes(words), `${pattern}: ${words}`);
    });
  });
}

/** Which lines may differ, and the words of docs/isolation.md that say why. */
const EXPLAINED: readonly (readonly [RegExp, string])[] = [
  [/^[-+] \/ DISK /, 'The root is an overlay'],
  [/^- \/proc proc rw,relatime /, '/proc is mounted nosuid, nodev, noexec'],
  [/^\+ \/proc proc rw,nosuid,nodev,noexec,relatime /, '/proc is mounted nosuid, nodev, noexec'],
  [/^[-+] \/proc\/(bus|fs|irq|sys|sysrq-trigger) proc ro,/, '/proc is mounted nosuid, nodev, noexec'],
  [/^- \/sys\/fs\/cgroup/, 'no /sys/fs/cgroup'],
  [/^\+ \/etc\/(hosts|hostname) tmpfs /, '/etc/hosts and /etc/hostname'],
  [/^[-+] \/dev\/pts devpts rw,nosuid,noexec,relatime /, 'terminals belong to group 5'],
];
