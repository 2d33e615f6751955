import assert from 'node:assert/strict';

import { assertPing, describeTopology, ipJson, inNode, onFreshHost, run, sysctl } from '../../support/index.ts';

// pc ── gw ── internet ── host ── eth0 192.0.2.9 ── outside 192.0.2.1
onFreshHost(import.meta.url, () => {
  const before = { pc: { eth0: ['10.0.0.2/24'] }, gw: { lan: ['10.0.0.1/24'], internet: ['198.18.0.6/30'] } };
  // The first choice depends on the lab's name, which is new in each run: this leaves one network of the whole range.
  taken().forEach((prefix) => run('ip', ['route', 'add', prefix, 'dev', 'eth0']));

  describeTopology('internet-uplink', ['ping', 'nftables NAT'], before, (scene) => {
    it('has the one network of 198.18.0.0/15 that nobody on the host uses', () => {
      const [link] = JSON.parse(run('ip', ['-j', 'address', 'show', 'to', '198.18.0.4/30'])) as {
        ifname: string;
        addr_info: { local: string }[];
      }[];
      assert.match(link?.ifname ?? '', /^nl-[0-9a-z]{7}$/);
      assert.deepEqual(
        link?.addr_info.map(({ local }) => local),
        ['198.18.0.5'],
      );
    });

    it('has a default route, and the host forwards', () => {
      const [route] = ipJson<{ gateway: string; dev: string }>(scene().name, 'gw', 'route', 'show', 'default');
      assert.deepEqual([route?.gateway, route?.dev], ['198.18.0.5', 'internet']);
      assert.equal(run('cat', ['/proc/sys/net/ipv4/ip_forward']).trim(), '1');
      assert.equal(sysctl(scene().name, 'pc', 'net.ipv4.ip_forward'), '0');
    });

    it('reaches what the host reaches, from the gateway and from behind it', () => {
      assertPing(scene().name, 'gw', '192.0.2.1');
      assertPing(scene().name, 'pc', '192.0.2.1');
      assert.equal(inNode(scene().name, 'gw', ['cat', '/etc/resolv.conf']).stdout, run('cat', ['/etc/resolv.conf']));
    });
  });
});

/** All of 198.18.0.0/15 but 198.18.0.4/30, as prefixes. */
function taken(): string[] {
  const free = (198 << 24) + (18 << 16) + 4;
  return Array.from({ length: 15 }, (_, i) => {
    const length = 16 + i;
    const size = 2 ** (32 - length);
    const sibling = ((free >>> 0) ^ size) >>> 0;
    const network = sibling - (sibling % size);
    return `${[24, 16, 8, 0].map((shift) => (network >>> shift) & 255).join('.')}/${length}`;
  });
}
