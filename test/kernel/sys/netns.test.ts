import assert from 'node:assert/strict';
import { closeSync, openSync, readlinkSync } from 'node:fs';

import { NetlinkSocket } from '../../../src/netlink/socket.ts';
import { getlink } from '../../../src/netlink/spec/rt-link.ts';
import { c, check } from '../../../src/sys/libc.ts';
import { CLONE, inNetns } from '../../../src/sys/netns.ts';
import { readSysctl, writeSysctl } from '../../../src/sys/procfs.ts';
import { freshValue } from '../../../src/reconcile/fresh.ts';
import { requireRoot } from '../../support/index.ts';

const here = (): string => readlinkSync('/proc/thread-self/ns/net');

describe('inNetns', () => {
  let fd = -1;
  before(function () {
    requireRoot(this);
    const home = openSync('/proc/thread-self/ns/net', 'r');
    check(c.unshare(CLONE.NEWNET), 'unshare');
    fd = openSync('/proc/thread-self/ns/net', 'r');
    check(c.setns(home, CLONE.NEWNET), 'setns');
    closeSync(home);
  });
  after(() => {
    if (fd >= 0) closeSync(fd);
  });

  it('is inside while the function runs, and back afterwards', () => {
    const home = here();
    const inside = inNetns(fd, here);
    assert.notEqual(inside, home);
    assert.equal(here(), home);
  });

  it('comes back when the function throws', () => {
    const home = here();
    assert.throws(
      () =>
        inNetns(fd, () => {
          throw new Error('boom');
        }),
      /boom/,
    );
    assert.equal(here(), home);
  });

  it('refuses a function that goes on later, and a second entry from inside', () => {
    const home = here();
    assert.throws(() => inNetns(fd, () => Promise.resolve(1)), /must be synchronous/);
    assert.throws(() => inNetns(fd, () => inNetns(fd, here)), /already inside/);
    assert.equal(here(), home);
  });

  it('says what a descriptor of something else is', () => {
    const file = openSync('/dev/null', 'r');
    try {
      assert.throws(() => inNetns(file, here), { code: 'ERR_SYSTEM', call: 'setns', errno: 'EINVAL' });
    } finally {
      closeSync(file);
    }
  });

  it('leaves a socket in the namespace in which it was opened', () => {
    using socket = NetlinkSocket.open('route', { netns: fd });
    assert.deepEqual(
      socket.dump(getlink, {}).map(({ attrs }) => attrs.ifname),
      ['lo'],
    );
  });

  it('reads and writes the settings of that namespace alone', () => {
    const path = 'net/ipv4/ip_default_ttl';
    const home = readSysctl(path);
    inNetns(fd, () => writeSysctl(path, '77'));
    assert.equal(
      inNetns(fd, () => readSysctl(path)),
      '77',
    );
    assert.equal(readSysctl(path), home);
    assert.equal(readSysctl('net/ipv4/no_such_setting'), undefined);
    assert.throws(() => inNetns(fd, () => writeSysctl('net/ipv4/ip_default_ttl', 'many')), {
      code: 'ERR_SYSTEM',
      errno: 'EINVAL',
      subject: 'net.ipv4.ip_default_ttl',
    });
  });

  it('knows what a setting is where nobody has set it', () => {
    assert.equal(freshValue('net.ipv4.ip_default_ttl'), '64');
    assert.equal(freshValue('net.ipv4.conf.eth0.rp_filter'), freshValue('net.ipv4.conf.default.rp_filter'));
    assert.equal(freshValue('net.no.such'), undefined);
  });
});
