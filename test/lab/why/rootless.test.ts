import assert from 'node:assert/strict';

import type { WhyReport } from '../../../src/model/why.ts';
import { describeAsNobody, edited, inNode, netlab, probe, requireRoot, Scene, user } from '../../support/index.ts';

const TEXT = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.1.0.2/24] } }
    routes: [{ to: default, via: 10.1.0.1 }]
  r:
    forwarding: true
    interfaces: { eth0: { addresses: [10.1.0.1/24] }, eth1: { addresses: [10.1.1.1/24] } }
    nat: [{ masquerade: { out: eth1 } }]
  b:
    interfaces: { eth0: { addresses: [10.1.1.2/24] } }
bridges:
  lan: { ports: ["a:eth0", "r:eth0"] }
links:
  - ["r:eth1", "b:eth0"]
`;
const FIREWALL = `    firewall:
      forward:
        rules:
          - { drop: { proto: icmp } }
`;
const NAT = '    nat: [{ masquerade: { out: eth1 } }]\n';

describe('why of an ordinary user', () => {
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'bridge', 'nftables NAT', 'ping', 'conntrack', 'user namespaces of nobody');
  });

  describeAsNobody('in a lab of his own', () => {
    let scene: Scene;
    before(async () => {
      assert.equal(user(), 'nobody');
      scene = new Scene(TEXT, 'whyuser');
      await scene.up();
    });
    after(() => scene?.[Symbol.asyncDispose]());

    const ask = async (...words: readonly string[]): Promise<WhyReport> => {
      const { code, stdout, stderr } = await netlab(['why', '-l', scene.name, '--json', ...words]);
      assert.equal(stderr, '');
      const report = JSON.parse(stdout) as WhyReport;
      assert.equal(code, report.reaches ? 0 : 1);
      return report;
    };

    it('says that it reaches, and what conntrack(8) says of its translation', async () => {
      const { reaches, hops } = await ask('a', 'b');
      assert.ok(reaches);
      const { original, reply } = hops.find(({ node }) => node === 'r')!.connection!;
      const { stdout } = inNode(scene.name, 'r', ['conntrack', '-L', '-p', 'icmp']);
      assert.match(
        stdout,
        new RegExp(
          `src=${original.source} dst=10\\.1\\.1\\.2 type=8 code=0 id=${original.sourcePort} src=10\\.1\\.1\\.2 dst=${reply.destination} `,
        ),
      );
      assert.equal(reply.destination, '10.1.1.1');
    });

    it('traces filters, and reads sysctls and sockets', async () => {
      assert.equal((await ask('-p', '80', 'a', 'b')).cause?.word, 'no-listener');
      await scene.become(edited(TEXT, NAT, `${NAT}${FIREWALL}`));
      const { cause } = await ask('a', 'b');
      assert.deepEqual([cause?.word, cause?.node], ['filter-drop', 'r']);
      assert.match(scene.text.split('\n')[cause!.place!.line - 1]!, /drop: \{ proto: icmp \}/);
      await scene.become(edited(TEXT, '    forwarding: true\n', ''));
      assert.equal((await ask('a', 'b')).cause?.word, 'forwarding-off');
    });
  });
});
