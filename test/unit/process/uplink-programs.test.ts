import assert from 'node:assert/strict';

import { defaultInterface, hindranceOf, uplinkCommand } from '../../../src/process/uplink-programs.ts';

const HEAD = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT';

describe("the machine's own way out", () => {
  const table = (...rows: readonly string[]): string => [HEAD, ...rows, ''].join('\n');

  it('is the default route with the lowest metric', () => {
    const text = table(
      'wlan0\t00000000\t0101A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0',
      'eth0\t00000000\t010200C0\t0003\t0\t0\t100\t00000000\t0\t0\t0',
      'eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0',
    );
    assert.equal(defaultInterface(text), 'eth0');
  });

  it('is none that is unreachable, and none at all without a default route', () => {
    assert.equal(defaultInterface(table('*\t00000000\t00000000\t0201\t0\t0\t0\t00000000\t0\t0\t0')), undefined);
    assert.equal(defaultInterface(table('eth0\t000200C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0')), undefined);
    assert.equal(defaultInterface(''), undefined);
  });
});

describe('a program that makes a way out', () => {
  const start = { pid: 77, interface: 'eth0', ports: [] };

  it('slirp4netns is given the namespaces by path, and its socket', () => {
    const command = uplinkCommand({ name: 'slirp4netns', path: '/bin/slirp4netns' }, { ...start, api: '/run/api' });
    assert.equal(command[0], '/bin/slirp4netns');
    assert.deepEqual(command.slice(-2), ['/proc/77/ns/net', 'eth0']);
    for (const word of ['--disable-host-loopback', '--api-socket=/run/api', '--userns-path=/proc/77/ns/user'])
      assert.ok(command.includes(word), word);
  });

  it('pasta is told its ports at once, and none that nobody asked for', () => {
    const pasta = { name: 'pasta', path: '/bin/pasta' } as const;
    const option = (command: readonly string[], name: string): string | undefined => command[command.indexOf(name) + 1];
    const none = uplinkCommand(pasta, start);
    for (const name of ['--tcp-ports', '--udp-ports', '--tcp-ns', '--udp-ns']) assert.equal(option(none, name), 'none');
    const ports = [
      { proto: 'tcp', port: 8080 },
      { proto: 'udp', port: 5353 },
      { proto: 'tcp', port: 8443 },
    ] as const;
    const some = uplinkCommand(pasta, { ...start, ports });
    assert.deepEqual([option(some, '--tcp-ports'), option(some, '--udp-ports')], ['8080,8443', '5353']);
    assert.equal(some.at(-1), '77');
  });

  it('needs a device that can be opened', () => {
    assert.equal(hindranceOf('/no/such')?.remedy, 'modprobe tun');
    assert.equal(hindranceOf('/dev/null'), undefined);
  });
});
