import assert from 'node:assert/strict';

import { beyondUser } from '../../../src/lab/rootless.ts';
import type { Resource } from '../../../src/model/resource.ts';

const sysctl = (key: string): Resource => ({ kind: 'sysctl', node: 'a', key, value: '1' });

/** The settings that are refused, and which files were looked at. */
function refused(keys: readonly string[], writable: readonly string[]): { keys: string[]; asked: string[] } {
  const asked: string[] = [];
  const found = beyondUser(keys.map(sysctl), (path) => {
    asked.push(path);
    return writable.includes(path);
  });
  return { keys: found.flatMap(([each]) => (each.kind === 'sysctl' ? [each.key] : [])), asked };
}

describe('what an ordinary user cannot have', () => {
  it('is a setting that his network namespaces do not show', () => {
    const { keys } = refused(['net.ipv4.ip_forward', 'net.core.rmem_max'], ['net/ipv4/ip_forward']);
    assert.deepEqual(keys, ['net.core.rmem_max']);
  });

  it('is another user than root', () => {
    const process = (user?: string): Resource => ({
      kind: 'process',
      node: 'a',
      name: 'p',
      command: ['p'],
      env: {},
      ...(user === undefined ? {} : { user }),
      restart: 'no',
      stop: { signal: 'TERM', timeoutMs: 1 },
      after: [],
      at: ['nodes', 'a', 'processes', 'p'],
    });
    const found = beyondUser([process(), process('0:0'), process('root'), process('nobody')], () => true);
    assert.deepEqual(
      found.map(([each, message]) => [each.at?.at(-1), message.includes('found nobody')]),
      [['user', true]],
    );
  });

  it('is asked once for all nodes and devices, none of which is there yet', () => {
    const { keys, asked } = refused(
      ['net.ipv4.conf.eth0.rp_filter', 'net.ipv4.conf.eth1/10.rp_filter', 'net.ipv6.neigh.eth0.gc_stale_time'],
      ['net/ipv4/conf/default/rp_filter', 'net/ipv6/neigh/default/gc_stale_time'],
    );
    assert.deepEqual(keys, []);
    assert.deepEqual(asked, ['net/ipv4/conf/default/rp_filter', 'net/ipv6/neigh/default/gc_stale_time']);
  });
});
