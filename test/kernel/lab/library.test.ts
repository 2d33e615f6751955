import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';

import { ApplyError, InterruptedError, Lab, LabError, NetlabError, TopologyError } from '../../../src/index.ts';
import type { TopologyDocument } from '../../../src/index.ts';
import {
  addresses,
  assertHostUnchanged,
  assertPing,
  hostSnapshot,
  ifindexes,
  inNode,
  netnsOf,
  probe,
  processesOf,
  requireRoot,
  tempFile,
  uniqueLabName,
  until,
} from '../../support/index.ts';
import type { HostSnapshot } from '../../support/index.ts';

/** a:eth0 10.0.0.1 ─── 10.0.0.2 eth0:b, with a process on a */
function topology(name: string, more: Partial<TopologyDocument> = {}): TopologyDocument {
  return {
    name,
    nodes: {
      a: {
        interfaces: { eth0: { addresses: ['10.0.0.1/24'] } },
        processes: { main: { command: ['sleep', 90001] } },
      },
      b: { interfaces: { eth0: { addresses: ['10.0.0.2/24'] } } },
    },
    links: [['a:eth0', 'b:eth0']],
    ...more,
  };
}

describe('Lab, the library', () => {
  let name: string;
  let host: HostSnapshot;
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'ping', 'pid namespaces');
  });
  beforeEach(() => {
    name = uniqueLabName('lib');
    host = hostSnapshot();
  });
  afterEach(async () => {
    for (const lab of await Lab.list()) if (lab.lab === name) await (await Lab.open(name)).down();
    assertHostUnchanged(host, hostSnapshot(), { labs: [name] });
  });

  it('says of a lab that was taken down that it does not run, whatever is asked, and leaves nothing', async () => {
    const lab = await Lab.up(topology(name));
    const node = lab.node('a');
    assert.deepEqual(await node.exec('echo $NETLAB_NO_SUCH; echo err >&2; exit 3'), {
      exitCode: 3,
      stdout: '\n',
      stderr: 'err\n',
      timedOut: false,
    });
    assert.equal(await lab.down(), true);
    for (const [what, ask] of Object.entries({
      status: () => lab.status(),
      test: () => lab.test(),
      stop: () => node.stop('main'),
      freeze: () => lab.freeze(['a']),
      ping: () => lab.ping('a', 'b'),
      pingall: () => lab.pingall(),
      graph: () => lab.graph(),
      why: () => lab.why('a', 'b'),
      link: () => lab.link('a:eth0').down(),
      exec: () => node.exec(['true']),
      node: async () => lab.node('a'),
      events: () => lab.events().next(),
    })) {
      await assert.rejects(ask, (error: unknown) => {
        assert.ok(error instanceof LabError, `${what}: ${String(error)}`);
        assert.match(error.message, /does not run|there is no lab|control group/, what);
        return true;
      });
      assert.equal(existsSync(`/run/netlab/${name}`), false, what);
    }
    assert.equal(await lab.down(), false);
  });

  it('brings up an object, and takes it down at the end of the block', async () => {
    {
      await using lab = await Lab.up(topology(name));
      assert.equal(lab.name, name);
      assert.equal(lab.report?.created, true);
      assert.deepEqual([lab.report.nodes, lab.report.bridges, lab.report.links, lab.report.processes], [2, 0, 1, 1]);
      assertPing(name, 'a', '10.0.0.2');
      assert.deepEqual(addresses(name, 'b')['eth0'], ['10.0.0.2/24']);
    }
    assert.deepEqual(netnsOf(name), []);
  });

  it('takes it down when the block throws', async () => {
    await assert.rejects(async () => {
      await using _lab = await Lab.up(topology(name));
      throw new Error('of the test');
    }, /of the test/);
    assert.deepEqual(netnsOf(name), []);
  });

  it('brings up a file', async () => {
    const file = tempFile(JSON.stringify(topology(name)));
    await using lab = await Lab.up(file);
    assert.equal(lab.report?.file, file);
    assert.equal(await Lab.nameOf(file), name);
    assert.equal(await Lab.nameOf(name), name);
  });

  it('runs commands in nodes', async () => {
    await using lab = await Lab.up(topology(name));
    const node = lab.node('a');
    const plain = { stderr: '', timedOut: false };
    assert.deepEqual(await node.exec(['hostname']), { exitCode: 0, stdout: 'a\n', ...plain });
    assert.deepEqual(await node.exec(['sh', '-c', 'cat; exit 3'], { stdin: 'words' }), {
      exitCode: 3,
      stdout: 'words',
      ...plain,
    });
    assert.equal((await node.exec(['no-such-command'])).exitCode, 127);
    // The network namespace is the one that ip knows.
    const { stdout } = await node.exec(['readlink', '/proc/self/ns/net']);
    assert.equal(stdout, inNode(name, 'a', ['readlink', '/proc/self/ns/net']).stdout);
    const several = await Promise.all(Array.from({ length: 8 }, (_, i) => lab.node('b').exec(['echo', String(i)])));
    assert.deepEqual(
      several.map(({ stdout }) => stdout.trim()),
      ['0', '1', '2', '3', '4', '5', '6', '7'],
    );
  });

  it('ends a command that takes too long, or is no longer wanted', async () => {
    await using lab = await Lab.up(topology(name));
    const node = lab.node('a');
    const runs = async (line: string) =>
      (await node.exec(['ps', '-e', '-o', 'args='])).stdout.split('\n').includes(line);
    const { timedOut } = await node.exec(['sleep', '90002'], { timeout: 100 });
    assert.equal(timedOut, true);
    await until(async () => !(await runs('sleep 90002')), { what: 'the end of a command whose time is over' });

    const abort = new AbortController();
    const running = node.exec(['sleep', '90003'], { signal: abort.signal });
    await until(() => runs('sleep 90003'));
    abort.abort();
    await assert.rejects(running, InterruptedError);
    await until(async () => !(await runs('sleep 90003')), { what: 'the end of a command that is not wanted' });
  });

  it('plans and changes', async () => {
    const planned = await Lab.plan(topology(name));
    assert.equal(planned.running, false);
    assert.deepEqual(netnsOf(name), []);
    await using lab = await Lab.up(topology(name));
    assert.deepEqual(
      planned.changes.map(({ what }) => what).toSorted(),
      lab.report?.changes.map(({ what }) => what).toSorted(),
    );
    const edited = topology(name, { links: [{ endpoints: ['a:eth0', 'b:eth0'], mtu: 1400 }] });
    const indexes = ifindexes(name);
    const { running, changes } = await Lab.plan(edited);
    assert.equal(running, true);
    const again = await Lab.up(edited);
    assert.deepEqual(again.report?.changes, changes);
    assert.deepEqual(
      changes.map(({ action, differences }) => [action, differences]),
      [
        ['update', [{ field: 'mtu', from: '1500', to: '1400' }]],
        ['update', [{ field: 'mtu', from: '1500', to: '1400' }]],
      ],
    );
    assert.deepEqual(ifindexes(name), indexes);
    assert.deepEqual((await Lab.plan(edited)).changes, []);
    const stranger = inNode(name, 'a', ['ip', 'route', 'add', '10.99.0.0/16', 'via', '10.0.0.2']);
    assert.equal(stranger.code, 0);
    const { changes: none, unmanaged } = await Lab.plan(edited);
    assert.deepEqual(none, []);
    assert.match(unmanaged.join(), /10\.99\.0\.0\/16/);
  });

  it('says how a lab is, and which there are', async () => {
    await using lab = await Lab.up(topology(name));
    const status = await lab.status();
    assert.equal(status.state, 'running');
    const [a] = status.members;
    assert.deepEqual([a?.name, a?.hostname, a?.role], ['a', 'a', 'node']);
    const eth0 = a?.interfaces.find((each) => each.name === 'eth0');
    assert.ok(eth0);
    assert.equal(eth0.index, ifindexes(name)['a:eth0']);
    assert.deepEqual([eth0.addresses, eth0.peer, eth0.state], [['10.0.0.1/24'], 'b:eth0', 'up']);
    const [main] = a?.processes ?? [];
    assert.deepEqual([main?.name, main?.state, main?.command], ['main', 'running', ['sleep', '90001']]);
    assert.equal(
      Object.entries(processesOf(name))
        .find(([, line]) => line === 'sleep 90001')?.[0]
        .split('@')[0],
      String(main?.pid),
    );
    assert.ok((await Lab.list()).some((each) => each.lab === name && each.state === 'running' && each.nodes === 2));
  });

  it('opens a lab that runs, and two can work with it', async () => {
    await using lab = await Lab.up(topology(name));
    const same = await Lab.open(name);
    assert.equal(same.report, undefined);
    assert.equal((await same.node('b').exec(['hostname'])).stdout, 'b\n');
    assert.equal(await same.down(), true);
    assert.equal(await lab.down(), false);
  });

  it('follows what processes print', async () => {
    const command = 'echo one; echo two; exec sleep 90004';
    await using lab = await Lab.up(topology(name, { nodes: { a: { processes: { main: { command } } } }, links: [] }));
    const all = async (): Promise<string> => {
      let text = '';
      for await (const piece of lab.node('a').logs('main')) text += piece;
      return text;
    };
    await until(async () => (await all()) === 'one\ntwo\n');
    const lines: string[] = [];
    for await (const piece of lab.node('a').logs('main', { lines: 1 })) lines.push(piece);
    assert.deepEqual(lines, ['two\n']);
  });

  describe('errors', () => {
    it('of a topology: all problems, with their places, and nothing is touched', async () => {
      const wrong = topology(name, { links: [['a:eth0', 'c:eth0']] });
      await assert.rejects(Lab.up(wrong), (error) => {
        assert.ok(error instanceof TopologyError && error instanceof NetlabError);
        assert.equal(error.code, 'ERR_TOPOLOGY');
        assert.ok(
          error.problems.some(({ path }) => path.startsWith('links[0]')),
          error.message,
        );
        return true;
      });
      await assert.rejects(Lab.plan(wrong), TopologyError);
      await assert.rejects(Lab.up('/no/such/file.yaml'), TopologyError);
      assert.deepEqual(netnsOf(name), []);
    });

    it('of the kernel: which change, what became of the rest', async () => {
      const refused = topology(name, {
        nodes: {
          a: {
            routes: [{ to: '10.9.0.0/16', via: '10.0.0.2', scope: 'host' }],
            interfaces: { eth0: { addresses: ['10.0.0.1/24'] } },
          },
          b: null,
        },
      });
      await assert.rejects(Lab.up(refused), (error) => {
        assert.ok(error instanceof ApplyError, String(error));
        assert.equal(error.undone, 'all');
        assert.match(error.change, /create route 10\.9\.0\.0\/16/);
        assert.equal(error.place?.path, 'nodes.a.routes[0]');
        return true;
      });
      assert.deepEqual(netnsOf(name), []);
    });

    it('of an interruption: before and in the middle', async () => {
      await assert.rejects(Lab.up(topology(name), { signal: AbortSignal.abort() }), InterruptedError);
      const abort = new AbortController();
      const ready = { command: ['false'], timeout: '60s' };
      const slow = topology(name, {
        nodes: { a: { processes: { main: { command: ['sleep', 90005], ready } } } },
        links: [],
      });
      const running = Lab.up(slow, { signal: abort.signal });
      const seen = until(() => Object.values(processesOf(name)).includes('sleep 90005')).then(() => abort.abort());
      await assert.rejects(running, InterruptedError);
      await seen;
      assert.deepEqual(netnsOf(name), []);
    });

    it('of a lab or a node that is not there', async () => {
      await assert.rejects(Lab.open(`${name}-x`), LabError);
      await using lab = await Lab.up(topology(name));
      assert.throws(() => lab.node('aa'), LabError);
      await assert.rejects(async () => {
        for await (const _ of lab.node('a').logs('mian'));
      }, /did you mean main/);
    });
  });

  it('works on several labs at once in one process', async () => {
    const names = [1, 2, 3].map((each) => `${name.slice(0, 28)}-${each}`);
    const labs = await Promise.all(names.map((each) => Lab.up(topology(each))));
    try {
      for (const each of names) assertPing(each, 'a', '10.0.0.2');
      const found = await Promise.all(labs.map((lab) => lab.node('a').exec(['readlink', '/proc/self/ns/net'])));
      assert.equal(new Set(found.map(({ stdout }) => stdout)).size, 3);
    } finally {
      await Promise.all(labs.map((lab) => lab.down()));
    }
    assert.deepEqual(names.flatMap(netnsOf), []);
  });

  it('leaves no descriptor open in this process, and its own namespace alone', async () => {
    const { readdirSync, readlinkSync } = await import('node:fs');
    const open = () => readdirSync('/proc/self/fd').length;
    const own = () => ['net', 'mnt', 'pid', 'uts', 'ipc'].map((each) => readlinkSync(`/proc/self/ns/${each}`));
    const cycle = async () => {
      await using lab = await Lab.up(topology(name));
      await lab.node('b').exec(['true']);
      await lab.status();
      await Lab.plan(topology(name));
    };
    const namespaces = own();
    await cycle();
    const descriptors = open();
    for (let i = 0; i < 3; i++) await cycle();
    await until(() => open() <= descriptors, { what: `no more than ${descriptors} descriptors` });
    assert.deepEqual(own(), namespaces);
  });
});
