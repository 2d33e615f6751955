import assert from 'node:assert/strict';
import { canonicalMac, defaultMac, isGroupMac, linkLocalPrefix } from '../../../src/model/mac.ts';

describe('MAC addresses', () => {
  it('have one canonical text', () => {
    assert.equal(canonicalMac('02-00-00-00-00-FF'), '02:00:00:00:00:ff');
    for (const wrong of ['02:00:00:00:00', '02:00-00:00:00:00', '020000000000', '0g:00:00:00:00:00', '']) {
      assert.equal(canonicalMac(wrong), undefined, wrong);
    }
  });

  it('are given out so that they are always the same, unicast, local, and differ', () => {
    // Written down: a change of the hash changes every lab that is running.
    assert.equal(defaultMac('pair', 'a', 'eth0'), defaultMac('pair', 'a', 'eth0'));
    const seen = new Set<string>();
    for (let node = 0; node < 1000; node++) {
      for (let link = 0; link < 20; link++) {
        const mac = defaultMac('lab', `n${node}`, `eth${link}`);
        assert.match(mac, /^02(:[0-9a-f]{2}){5}$/);
        assert.ok(!isGroupMac(mac));
        seen.add(mac);
      }
    }
    assert.equal(seen.size, 20_000);
    assert.notEqual(defaultMac('a', 'bc', 'd'), defaultMac('ab', 'c', 'd'));
  });

  it('make IPv6 link-local addresses as RFC 4291 has it', () => {
    // The example of RFC 4291, appendix A: 34-56-78-9A-BC-DE.
    assert.equal(linkLocalPrefix('34:56:78:9a:bc:de'), 'fe80::3656:78ff:fe9a:bcde/64');
    assert.equal(linkLocalPrefix('02:00:00:00:00:01'), 'fe80::ff:fe00:1/64');
  });
});
