/** A lab, and edits of its file that the file alone cannot be seen to be wrong by: the kernel refuses them, or a process fails. */
import { edited } from '../../support/index.ts';

export const BASE = `
nodes:
  a:
    forwarding: true
    interfaces:
      eth0: { addresses: [10.0.0.1/24], mac: '02:00:00:00:0a:00' }
      br0: { type: bridge, ports: [], addresses: [10.1.0.1/24] }
    routes:
      - { to: 10.20.0.0/16, via: 10.0.0.2 }
    nat:
      - masquerade: { out: eth0, from: 10.1.0.0/24 }
    processes:
      one: { command: [sleep, '60001'] }
  b:
    sysctls: { net.ipv4.ip_default_ttl: 33 }
    interfaces:
      eth0: { addresses: [10.0.0.2/24] }
  c:
    isolation: [net]
    interfaces:
      eth0: { addresses: [10.2.0.9/24] }
    processes:
      two: { command: [sleep, '60002'] }
bridges:
  lan: { ports: ['c:eth0', 'b:eth1'], subnet: 10.2.0.0/24 }
links:
  - ['a:eth0', 'b:eth0']
`;

/** Harmless edits, all over the lab, that are made together with each refusal: these are what must be undone. */
export function amid(text: string): string {
  const edits: [string, string][] = [
    ['[10.0.0.2/24]', '[10.0.0.2/24, 10.0.0.22/24], mtu: 1400'],
    ["mac: '02:00:00:00:0a:00'", "mac: '02:00:00:00:0a:01', mtu: 1400"],
    ['10.20.0.0/16, via: 10.0.0.2', '10.20.0.0/16, via: 10.0.0.22'],
    ['- masquerade: { out: eth0, from: 10.1.0.0/24 }', '- masquerade: { out: eth0, from: 10.1.0.0/16 }'],
    ['net.ipv4.ip_default_ttl: 33', 'net.ipv4.ip_default_ttl: 44'],
    ["'b:eth1'], subnet", "'b:eth1', 'new:eth0'], subnet"],
    ['  b:\n', "  new: { processes: { three: { command: [sleep, '60003'] } } }\n  b:\n"],
  ];
  return edits.reduce((text, [passage, replacement]) => edited(text, passage, replacement), text);
}

export interface Refusal {
  /** A passage of {@link BASE} and what stands there instead; `«` marks the place that the error must point at. */
  readonly edit: readonly [passage: string, replacement: string];
  /** What the error must say. */
  readonly says: readonly RegExp[];
}

const onBridge = (options: string): [string, string] => [
  'addresses: [10.1.0.1/24] }',
  `addresses: [10.1.0.1/24${options}`,
];
const route = (text: string): [string, string] => [
  '      - { to: 10.20.0.0/16',
  `      - «${text}\n      - { to: 10.20.0.0/16`,
];
const process = (text: string): [string, string] => ['      one: {', `      «bad: ${text}\n      one: {`];

export const REFUSALS: Readonly<Record<string, Refusal>> = {
  'an IPv6 address where IPv6 is switched off': {
    edit: onBridge(", «'fd09::1/64'] }\n    sysctls: { net.ipv6.conf.br0.disable_ipv6: 1 }"),
    says: [/create address fd09::1\/64 on a:br0/, /IPv6 is disabled on this device/, /EACCES/],
  },
  'a route of a scope that can have no gateway': {
    edit: route('{ to: 10.9.0.0/16, via: 10.0.0.2, scope: host }'),
    says: [/create route 10\.9\.0\.0\/16/, /Route with host scope can not have a gateway/, /EINVAL/],
  },
  'an IPv6 route by the loopback device': {
    edit: route("{ to: default6, via: 'fe80::1', dev: lo }"),
    says: [/create route default6/, /Egress device can not be loopback/, /EINVAL/],
  },
  'a VXLAN to a multicast group without a lower device': {
    edit: ['      br0: {', '      «vx0: { type: vxlan, id: 7, remote: 239.1.1.1 }\n      br0: {'],
    says: [/create link a:vx0 \(vxlan\)/, /Local interface required for multicast/, /EINVAL/],
  },
  "a value that a device's setting cannot have": {
    edit: ['    forwarding: true\n', '    forwarding: true\n    sysctls: { net.ipv4.conf.eth0.rp_filter: «many }\n'],
    says: [/sysctl net\.ipv4\.conf\.eth0\.rp_filter = many on a/, /EINVAL/],
  },
  "a value that a namespace's setting cannot have, on the second node": {
    edit: ['    isolation: [net]\n', '    isolation: [net]\n    sysctls: { net.ipv4.ip_default_ttl: «999 }\n'],
    says: [/sysctl net\.ipv4\.ip_default_ttl = 999 on c/, /EINVAL/],
  },
  'a setting that this kernel has not': {
    edit: ['    isolation: [net]\n', '    isolation: [net]\n    sysctls: { net.ipv4.no_such_setting: «1 }\n'],
    says: [/sysctl net\.ipv4\.no_such_setting = 1 on c/, /ENOENT/],
  },
  'a process whose program does not exist': {
    edit: process('{ command: [no-such-program] }'),
    says: [/start process a\/bad/, /no-such-program/, /ENOENT/],
  },
  'a process whose file is no program': {
    edit: process('{ command: [/etc/passwd] }'),
    says: [/start process a\/bad/, /EACCES/],
  },
  'a process whose folder does not exist': {
    edit: process("{ command: [sleep, '60009'], cwd: /no/such/folder }"),
    says: [/start process a\/bad/, /no\/such\/folder/, /ENOENT/],
  },
  'a process that listens nowhere': {
    edit: process("{ command: 'echo I am here; exec sleep 60009', ready: { tcp: 81, timeout: 200ms } }"),
    says: [/process a\/bad was not ready after 0\.2 s/, /nothing listens on TCP port 81/, /I am here/],
  },
  'a process that its command does not find ready': {
    edit: process("{ command: [sleep, '60009'], ready: { command: 'echo too early >&2; exit 4', timeout: 300ms } }"),
    says: [/process a\/bad was not ready/, /ended with 4: too early/],
  },
  'a process that ends at once': {
    edit: process("{ command: 'echo it breaks >&2; exit 3', ready: { tcp: 81, timeout: 30s } }"),
    says: [/process a\/bad ended with code 3 before it was ready/, /it breaks/],
  },
  'a process on a node without a PID 1 that is killed': {
    edit: ['      two: {', "      «bad: { command: 'kill -9 $$$$', ready: { tcp: 81, timeout: 30s } }\n      two: {"],
    says: [/process c\/bad ended by signal 9/],
  },
};

/** A file that is refused, and the place to which the error must point: `LINE:COLUMN`. */
export function refused({ edit: [passage, replacement] }: Refusal): { text: string; place: string } {
  const marked = edited(amid(BASE), passage, replacement);
  const before = marked.slice(0, marked.indexOf('«')).split('\n');
  // The line that gives the lab its name comes first.
  return { text: marked.replace('«', ''), place: `${before.length + 1}:${before.at(-1)!.length + 1}` };
}
