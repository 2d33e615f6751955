/** `netlab events` and `lab.events()`: what a lab is, and what happens in it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

import type { LabEvent } from '../../../src/index.ts';
import { Lab } from '../../../src/index.ts';
import {
  asUser,
  CLI,
  describeForUsers,
  inNode,
  netlab,
  onTerminal,
  probe,
  processNamed,
  requireRoot,
  Scene,
  uniqueLabName,
  until,
} from '../../support/index.ts';
import { descriptors } from '../../support/usage.ts';

const LAB = `
nodes:
  a:
    interfaces: { eth0: { addresses: [10.0.0.1/24] } }
    routes: [{ to: 10.9.0.0/16, via: 10.0.0.2 }]
    processes:
      web: { command: 'echo serving; exec sleep 41001', restart: always, ready: { log: serving } }
  b: { interfaces: { eth0: { addresses: [10.0.0.2/24] } } }
links: [['a:eth0', 'b:eth0']]
`;

/** `netlab events` as a test hears it. */
class Listening implements Disposable {
  readonly child: ChildProcess;
  readonly events: LabEvent[] = [];
  #rest = '';

  constructor(lab: string) {
    const { argv, env } = asUser([process.execPath, CLI, 'events', '-l', lab]);
    this.child = spawn(argv[0]!, argv.slice(1), {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    });
    this.child.stdout!.on('data', (chunk: Buffer) => {
      const lines = (this.#rest + chunk.toString()).split('\n');
      this.#rest = lines.pop() ?? '';
      this.events.push(...lines.map((line) => JSON.parse(line) as LabEvent));
    });
  }

  /** Waits for an event with these members, from the `from`th on. */
  async hears(members: object, from = 0): Promise<LabEvent> {
    const is = (event: LabEvent): boolean =>
      Object.entries(members).every(([key, value]) => (event as Record<string, unknown>)[key] === value);
    await until(() => this.events.slice(from).some(is), { what: JSON.stringify(members) });
    return this.events.slice(from).find(is)!;
  }

  async ended(): Promise<number | null> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'close');
    return this.child.exitCode;
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGCONT');
    this.child.kill('SIGKILL');
  }
}

/** An event in short: `added address a:eth0 10.3.0.1/24`. */
const short = (event: LabEvent): string =>
  [
    'action' in event ? event.action : '',
    event.event,
    'node' in event ? event.node : '',
    'link' in event ? event.link : '',
    'address' in event ? event.address : 'route' in event ? event.route : 'process' in event ? event.process : '',
  ]
    .filter(Boolean)
    .join(' ');

describeForUsers('netlab events', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });

  it('tells what there is, then what is done to it by whomever, and how it ends', async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    using listening = new Listening(scene.name);
    await listening.hears({ event: 'synced' });
    assert.deepEqual(listening.events.map(short), [
      'lab',
      'present node a',
      'present link a lo',
      'present link a eth0',
      'present address a eth0 10.0.0.1/24',
      'present route a 10.9.0.0/16 via 10.0.0.2 dev eth0',
      'present node b',
      'present link b lo',
      'present link b eth0',
      'present address b eth0 10.0.0.2/24',
      'present process a web',
      'synced',
    ]);
    const [web] = listening.events.filter(({ event }) => event === 'process');
    assert.deepEqual(web, { ...web, state: 'running', ready: true });

    inNode(scene.name, 'b', ['ip', 'address', 'add', '10.3.0.1/24', 'dev', 'eth0']);
    await listening.hears({ event: 'address', action: 'added', node: 'b', link: 'eth0', address: '10.3.0.1/24' });
    inNode(scene.name, 'a', ['ip', 'link', 'set', 'eth0', 'mtu', '1400']);
    await listening.hears({ event: 'link', action: 'changed', node: 'a', link: 'eth0', mtu: 1400 });
    inNode(scene.name, 'a', ['ip', 'route', 'del', '10.9.0.0/16']);
    await listening.hears({ event: 'route', action: 'removed', node: 'a', to: '10.9.0.0/16' });
    await netlab(['link', 'down', '-l', scene.name, 'a:eth0']);
    await listening.hears({ event: 'link', action: 'changed', node: 'a', link: 'eth0', state: 'down', cut: true });
    await listening.hears({
      event: 'link',
      action: 'changed',
      node: 'b',
      link: 'eth0',
      state: 'no-carrier',
      cut: false,
    });

    process.kill(Number.parseInt(processNamed(scene.name, 'sleep 41001')!, 10), 'SIGKILL');
    await listening.hears({ event: 'process', action: 'exited', process: 'web', signal: 9 });
    await listening.hears({ event: 'process', action: 'started', process: 'web' });
    await listening.hears({ event: 'process', action: 'ready', process: 'web' });

    scene.write(scene.text.replace('  b: {', '  c: {}\n  b: {'));
    await scene.up();
    await listening.hears({ event: 'node', action: 'added', node: 'c' });
    inNode(scene.name, 'c', ['ip', 'address', 'add', '10.4.0.1/32', 'dev', 'lo']);
    await listening.hears({ event: 'address', action: 'added', node: 'c', address: '10.4.0.1/32' });
    scene.write(scene.text.replace('  c: {}\n', ''));
    await scene.up();
    await listening.hears({ event: 'node', action: 'removed', node: 'c' });

    await scene.down();
    assert.equal(await listening.ended(), 0);
    const last = listening.events.at(-1);
    assert.deepEqual(last, { time: last?.time, event: 'end', reason: 'down' });
    assert.ok(listening.events.every(({ time }) => !Number.isNaN(Date.parse(time))));
  });
});

describe('netlab events', function () {
  this.timeout(60_000);
  before(function () {
    requireRoot(this);
    probe(this, 'veth', 'pid namespaces');
  });

  it('ends at Ctrl-C and with its keeper, and is a line each on a terminal', async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    const { code, text } = await onTerminal(
      ['events', '-l', scene.name],
      [
        ['until', 'now what changes'],
        ['type', '\x03'],
      ],
    );
    assert.equal(code, 0, text);
    assert.match(text, /\d\d:\d\d:\d\d {2}present {2}link a:eth0 up peer b:eth0 mtu 1500\r?\n/);
    assert.match(text, /present {2}process a\/web running, ready\r?\n/);
    using listening = new Listening(scene.name);
    await listening.hears({ event: 'synced' });
    process.kill((await scene.summary())!.keeper!, 'SIGKILL');
    assert.equal(await listening.ended(), 1);
    assert.equal(short(listening.events.at(-1)!), 'end');
    assert.match(JSON.stringify(listening.events.at(-1)), /"reason":"died"/);
  });

  it('says that more happened than it could hear, and then what is different', async () => {
    await using scene = new Scene(LAB);
    await scene.up();
    using listening = new Listening(scene.name);
    await listening.hears({ event: 'synced' });
    listening.child.kill('SIGSTOP');
    const lines = Array.from(
      { length: 12_000 },
      () => 'route add 10.77.0.0/16 dev lo\nroute del 10.77.0.0/16 dev lo\n',
    );
    inNode(scene.name, 'b', ['ip', '-batch', '-'], `${lines.join('')}route add 10.78.0.0/16 dev lo\n`);
    listening.child.kill('SIGCONT');
    await listening.hears({ event: 'resync' });
    await listening.hears({ event: 'route', action: 'added', node: 'b', to: '10.78.0.0/16' });
    assert.ok(listening.events.length < 100);
  });

  it('is an iterator in the library: left by break, ended by a signal, and nothing stays open', async () => {
    const topology = { nodes: { a: {} } };
    await using lab = await Lab.up(topology, { name: uniqueLabName('events') });
    const synced = async (signal?: AbortSignal): Promise<LabEvent['event'][]> => {
      const seen: LabEvent['event'][] = [];
      for await (const event of lab.events(signal === undefined ? {} : { signal })) {
        seen.push(event.event);
        if (event.event === 'synced' && signal === undefined) break;
      }
      return seen;
    };
    const all = ['lab', 'node', 'link', 'synced'];
    assert.deepEqual(await synced(), all);
    const before = descriptors();
    for (let i = 0; i < 3; i++) await synced();
    assert.ok(descriptors() <= before, `${before} have become ${descriptors()}`);
    const abort = new AbortController();
    const listening = synced(abort.signal);
    inNode(lab.name, 'a', ['true']);
    abort.abort();
    assert.deepEqual((await listening).at(-1), 'end');
    await assert.rejects(async () => {
      for await (const event of (await Lab.open(lab.name)).events()) if (event.event === 'synced') await lab.down();
      throw new Error('the loop has ended');
    }, /the loop has ended/);
  });
});
