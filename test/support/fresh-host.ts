import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { tempFolder } from './files.ts';
import { isRunElsewhere } from './ledger.ts';
import { requireRoot } from './probe.ts';

const MOCHA = fileURLToPath(new URL('../../../node_modules/mocha/bin/mocha.js', import.meta.url));
/** Set in the run that takes place on the fresh host: to the file that runs. */
const VARIABLE = 'NETLAB_FRESH_HOST';

/**
 * A machine to be host of labs that change their host: network and mount namespaces of its own, a /run and a /var/lib (in NETLAB_FRESH_STORE,
 * for there roots are unpacked) of its own, a way out by eth0 (192.0.2.9/24) to a neighbour with the address 192.0.2.1, which is the network namespace `outside`. Hardened a bit, so that a test sees what
 * the kernel changes along with ip_forward. Everybody may have tap interfaces, as on most machines.
 */
const SETUP = `set -e
# The copies of what stands there would go with their originals, and this host were not as it was.
awk '$5 ~ "^/run/" { print $5 }' /proc/self/mountinfo | sort -r | while read -r point; do umount -l "$point" 2>/dev/null || true; done
mount -t tmpfs tmpfs /run
mount --bind "$NETLAB_FRESH_STORE" /var/lib
if [ "$NETLAB_FRESH_GROUPS" = 1 ]; then
  mkdir /run/cgroup
  mount --rbind /sys/fs/cgroup /run/cgroup
  mount -t sysfs sysfs /sys
  mount --move /run/cgroup /sys/fs/cgroup
  rmdir /run/cgroup
else
  mount -t sysfs sysfs /sys
fi
if [ -c /dev/net/tun ]; then
  mknod /run/tun c 10 200
  chmod 666 /run/tun
  mount --bind /run/tun /dev/net/tun
fi
ip link set lo up
ip netns add outside
ip link add eth0 type veth peer name eth0 netns outside
# No duplicate address detection: its end would change the host a second or two after it was looked at.
echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_dad
ip address add 192.0.2.9/24 dev eth0
ip link set eth0 up
ip -n outside address add 192.0.2.1/24 dev eth0
ip -n outside link set eth0 up
ip -n outside link set lo up
ip route add default via 192.0.2.1
echo 0 > /proc/sys/net/ipv4/conf/all/accept_redirects
echo 0 > /proc/sys/net/ipv6/conf/eth0/accept_ra
exec "$@"
`;

interface FreshHostOptions {
  /** Of the whole file, in ms; 300000 unless said. */
  readonly timeout?: number;
  /** Whether it has control groups: those of the machine, where other labs have theirs. */
  readonly groups?: boolean;
}

/**
 * Defines the suites of a test file that touch what the machine has but one of, and runs the whole file again where that was made for
 * the purpose: nothing of it happens on the machine itself. Call it once in a file, with import.meta.url.
 */
export function onFreshHost(
  url: string,
  define: () => void,
  { timeout = 300_000, groups = false }: FreshHostOptions = {},
): void {
  const file = fileURLToPath(url);
  if (process.env[VARIABLE] === file) {
    define();
    return;
  }
  isRunElsewhere(file);
  describe(`${basename(file)} on a host of its own`, function () {
    this.timeout(timeout);
    it('passes', async function () {
      requireRoot(this);
      const command = [process.execPath, MOCHA, file];
      const child = spawn('unshare', ['--net', '--mount', 'sh', '-c', SETUP, 'sh', ...command], {
        env: {
          ...process.env,
          [VARIABLE]: file,
          NETLAB_FRESH_STORE: folderForAll(),
          NETLAB_FRESH_GROUPS: groups ? '1' : '0',
        },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const printed: Buffer[] = [];
      child.stdout.on('data', (chunk: Buffer) => printed.push(chunk));
      child.stderr.on('data', (chunk: Buffer) => printed.push(chunk));
      const [code] = (await once(child, 'close')) as [number | null];
      assert.equal(code, 0, Buffer.concat(printed).toString());
    });
  });
}

/** A folder as open as /var/lib is: root of a user namespace goes through it. */
function folderForAll(): string {
  const folder = mkdtempSync(join(tempFolder(), 'store-'));
  chmodSync(folder, 0o755);
  return folder;
}
