import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { TopologyError } from '../../../src/errors.ts';
import { explain, type Schema } from '../../../src/topology/explain.ts';
import { loadTopologyText } from '../../../src/topology/load.ts';
import { readSchema } from '../../../src/topology/schema.ts';
import { isUnsupported } from '../../../src/topology/unsupported.ts';
import { parseYaml } from '../../../src/topology/yaml.ts';

const require = createRequire(import.meta.url);
const validate = require('../../../src/topology/schema-validator.cjs') as (document: unknown) => boolean;

/** The whole language at once, as the page that promises it has it. */
const CONTRACT = `
name: pod-network
description: Two hosts, four pods, a VXLAN overlay
defaults:
  node: { sysctls: { net.ipv4.conf.all.rp_filter: 0 } }
  link: { mtu: 1500 }
nodes:
  host1:
    hostname: host1
    forwarding: true
    sysctls: { net.ipv4.fib_multipath_hash_policy: 1 }
    interfaces:
      lo: { addresses: [10.255.0.1/32] }
      eth0: { addresses: [192.168.0.1/24, "2001:db8::1/64"], mac: "02:00:00:00:00:01", mtu: 1500, up: true }
      cni0: { type: bridge, ports: [pod1, pod2], addresses: [10.244.1.1/24], stp: false, vlan_filtering: false }
      flannel.1: { type: vxlan, id: 1, link: eth0, local: 192.168.0.1, port: 8472, learning: false, addresses: [10.244.1.0/32] }
      pod1: { vlans: { pvid: 10, tagged: [20, 30] }, impair: { delay: 10ms } }
      w: { type: wireguard, private_key: x, listen_port: 51820, peers: [{ public_key: y, endpoint: "1.2.3.4:5", allowed_ips: [10.0.0.0/8] }] }
    routes:
      - { to: 10.244.2.0/24, via: 10.244.2.0, dev: flannel.1, onlink: true }
      - { to: default, via: 192.168.0.254, metric: 100 }
      - { to: 10.9.0.0/16, type: blackhole }
      - { to: 10.8.0.0/16, nexthops: [{ via: 10.0.0.1, weight: 1 }, { via: 10.0.1.1, weight: 2 }] }
    rules: [{ from: 10.1.0.0/16, table: 100, priority: 1000 }]
    neighbors: [{ to: 10.244.2.0, mac: "02:00:00:00:02:00", dev: flannel.1 }]
    fdb: [{ mac: "02:00:00:00:02:00", dev: flannel.1, dst: 192.168.0.2 }]
    nat:
      - masquerade: { out: eth0, from: 10.244.0.0/16 }
      - snat: { out: eth0, from: 10.1.0.0/16, to: 192.0.2.7 }
      - dnat: { in: eth0, proto: tcp, port: 8080, to: "10.244.1.2:80" }
      - dnat: { dest: 10.96.0.10, proto: udp, port: 53, to: ["10.244.1.2:53", "10.244.1.3:53"] }
      - redirect: { in: eth0, proto: tcp, port: 80, to: 3128 }
      - publish: { proto: tcp, port: 8080, to: "10.244.1.2:80" }
    firewall:
      forward: { policy: drop, rules: [ { accept: { state: [established, related] } },
                 { accept: { in: cni0, to: 10.244.1.2, proto: tcp, port: 80 } }, { reject: { proto: udp } }, { drop: {} } ] }
    nftables: |
      table inet extra { }
    isolation: [net, uts, mnt, pid, ipc, cgroup, user]
    limits: { memory: 64M, pids: 50, cpu: 0.5 }
    capabilities: { drop: [CAP_SYS_ADMIN] }
    no_new_privileges: true
    internet: true
    rootfs: { oci: ./alpine-oci, tag: latest }
    mounts: [{ type: bind, source: ./conf, target: /etc/app, read_only: true }, { type: tmpfs, target: /data, size: 10m }]
    files: { /etc/motd: "hello\\n" }
    setup: [ "ip link show" ]
    processes:
      web:
        command: [python3, -m, http.server, "80"]
        env: { A: b }
        cwd: /srv
        user: nobody
        restart: on-failure
        ready: { tcp: 80, timeout: 10s }
        after: [dns, "db/postgres"]
        stop: { signal: TERM, timeout: 5s }
bridges:
  lan: { ports: ["pc1:eth0", "pc2:eth0", "gw"], subnet: 10.0.0.0/24, stp: false, vlan_filtering: false, mtu: 1500 }
links:
  - ["host1:eth0", "host2:eth0"]
  - { endpoints: ["host1:pod1", "pod1:eth0"], mtu: 1450, subnet: 10.0.0.0/31,
      impair: { delay: 10ms, jitter: 1ms, loss: 0.1%, duplicate: 0%, corrupt: 0%, reorder: 0%, rate: 100mbit, limit: 1000 } }
  - ["gw:wan", "host:vgw"]
checks:
  - { name: pods talk, ping: { from: pod1, to: pod2 }, within: 5s }
  - { ping: { from: stranger, to: db }, expect: fail }
  - { tcp: { from: client, to: "web:80" } }
  - { http: { from: client, url: "http://web/", status: 200, body: "hello" } }
  - { exec: { on: r1, command: "ip route show 10.0.0.0/24", exit: 0, stdout: "via 10.1.0.2" } }
  - { route: { on: r1, to: 10.2.0.0/24, via: 10.1.0.2 } }
  - { reach: { from: all, to: all } }
  - { path: { from: a, to: c, via: [r1, r2] } }
  - { rtt: { from: a, to: b, min: 18ms, max: 30ms } }
`;

/** Every mapping in the schema with its keys, by a word that says where it stands. */
function* mappings(schema: Schema, where: string): Generator<[string, Schema]> {
  yield [where, schema];
  for (const [name, one] of Object.entries(schema.properties ?? {})) yield* mappings(one, `${where}.${name}`);
  for (const one of schema.anyOf ?? []) yield* mappings(one, where);
  if (schema.items !== undefined) yield* mappings(schema.items, `${where}[]`);
  if (typeof schema.additionalProperties === 'object') yield* mappings(schema.additionalProperties, `${where}.*`);
  for (const [name, one] of Object.entries(schema.definitions ?? {})) yield* mappings(one, name);
}

describe('the schema', () => {
  const schema = readSchema();
  const all = [...mappings(schema, 'topology')];
  const resolve = (one: Schema): Schema =>
    one.$ref === undefined ? one : resolve(schema.definitions![one.$ref.replace('#/definitions/', '')]!);

  it('knows the whole language', () => {
    const { value, problems } = parseYaml(CONTRACT, {});
    assert.deepEqual(problems, []);
    assert.deepEqual(explain(schema, value), []);
    assert.equal(validate(value), true);
  });

  it('explains every key, with an example', () => {
    for (const [where, { properties = {} }] of all) {
      for (const [name, one] of Object.entries(properties)) {
        const words = one.description ?? resolve(one).description;
        assert.ok(words !== undefined && words.length > 3, `${where}.${name} is not described`);
        const examples = one.examples ?? resolve(one).examples ?? [];
        assert.ok(examples.length > 0, `${where}.${name} has no example`);
      }
    }
  });

  it('lets no unknown key pass', () => {
    for (const [where, { properties, additionalProperties }] of all) {
      if (properties !== undefined) assert.equal(additionalProperties, false, where);
    }
  });

  it('accepts its own examples', () => {
    for (const [where, one] of all) {
      for (const example of one.examples ?? []) {
        const root: Schema = {
          ...one,
          ...(schema.definitions === undefined ? {} : { definitions: schema.definitions }),
        };
        assert.deepEqual(explain(root, example), [], `${where}: ${JSON.stringify(example)}`);
      }
    }
  });
});

describe('what is not built yet', () => {
  it('is refused by name, each with its line, and nothing else is', () => {
    try {
      loadTopologyText(CONTRACT, 'contract.yaml', { env: {} });
    } catch (error) {
      assert.ok(error instanceof TopologyError);
      const words = error.problems.flatMap(({ message }) => /^'(.*)' is not supported yet/.exec(message)?.[1] ?? []);
      assert.deepEqual(words.toSorted(), ['impair', 'impair', 'vlans', 'wireguard']);
      assert.ok(error.problems.every(({ line }) => line > 0));
      return;
    }
    assert.fail('it passed');
  });

  it('is known to the reference, by the same table', () => {
    assert.ok(isUnsupported('nodes.*.interfaces.*.impair') && !isUnsupported('nodes.*.nat'));
  });
});

describe('docs/topology.md', () => {
  it('is what the schema says', () => {
    const script = new URL('../../../../scripts/build-reference.mjs', import.meta.url).pathname;
    const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
  });
});
