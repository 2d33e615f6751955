import assert from 'node:assert/strict';

import { decodeArp, encodeArp } from '../../../src/probe/arp.ts';
import { decodeAdvertisement, encodeSolicitation, solicitedNode } from '../../../src/probe/discovery.ts';
import { macBytes } from '../../../src/model/mac.ts';

const mac = macBytes('0a:a3:b8:35:cf:79');
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('packets of neighbours', () => {
  it('ask by ARP as the kernel does', () => {
    const packet = {
      operation: 1,
      senderMac: mac,
      senderIp: '10.0.0.2',
      targetMac: new Uint8Array(6),
      targetIp: '10.0.0.1',
    };
    // A packet socket, while `ping 10.0.0.1` asked for its neighbour.
    const seen = '00010800060400010aa3b835cf790a0000020000000000000a000001';
    assert.equal(hex(encodeArp(packet)), seen);
    assert.deepEqual(decodeArp(Buffer.from(seen, 'hex')), packet);
    for (let length = 0; length < 28; length++)
      assert.equal(decodeArp(Buffer.from(seen, 'hex').subarray(0, length)), undefined);
    assert.equal(decodeArp(Buffer.from(`0006${seen.slice(4)}`, 'hex')), undefined);
  });

  it('solicit and advertise as the kernel does', () => {
    // The same for `ping 2001:db8::1`, without its header; the kernel has written the checksum 1578 into it.
    const asked = '870015780000000020010db8000000000000000000000001010192bd35fe3ff5';
    const solicitation = encodeSolicitation('2001:db8::1', macBytes('92:bd:35:fe:3f:f5'));
    assert.equal(hex(solicitation), asked.replace('87001578', '87000000'));
    assert.equal(solicitedNode('2001:db8::12:3456'), 'ff02::1:ff12:3456');
    const answer = Buffer.from('88007a21e000000020010db800000000000000000000000102010aa3b835cf79', 'hex');
    assert.deepEqual(decodeAdvertisement(answer), { target: '2001:db8::1', mac });
    for (let length = 0; length < answer.length; length++)
      assert.equal(decodeAdvertisement(answer.subarray(0, length)), undefined);
    // An answer to a question that was not sent to all may leave the option out (§4.4).
    assert.equal(
      decodeAdvertisement(Buffer.from('88004e634000000020010db8000000000000000000000002', 'hex')),
      undefined,
    );
    const endless = Buffer.from(answer);
    endless[25] = 0;
    assert.equal(decodeAdvertisement(endless), undefined);
  });
});
