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
    const found = (last: number, ...users: string[]): string[] =>
      beyondUser(
        [process(), ...users.map(process)],
        () => true,
        undefined,
        (_, id) => id <= last,
      ).map(([each, message]) => `${each.at?.at(-1)}: ${message}`);
    assert.deepEqual(found(0, '0:0', 'root', 'root:root'), []);
    assert.match(
      found(0, 'nobody').join('\n'),
      /^user: found nobody, but in this lab there is only root: .*they need ranges of ids/,
    );
    // With ranges it is whoever is in them; who he is by name is for a root of the node's own to say.
    assert.deepEqual(found(65_536, 'nobody', '33:5', '1000', 'no-such-user'), []);
    assert.deepEqual(found(999, '1000', 'root:70000'), [
      'user: found 1000, whose uid 1000 is beyond the ranges of ids that this user has (/etc/subuid)',
    ]);
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
