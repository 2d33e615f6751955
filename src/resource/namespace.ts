import type { Namespace } from '../model/resource.ts';
import { compare, compareExactly, type Kind } from './kind.ts';

/** A node's network namespace, and what the processes of the node see around them. */
export const namespace: Kind<Namespace> = {
  kind: 'namespace',
  key: ({ node }) => node,
  describe: ({ node, role }) => `${role} ${node}`,
  differences: (wanted, found) => [
    ...compare('role', wanted.role, found.role),
    ...compare('hostname', wanted.hostname, found.hostname),
    ...compareExactly('internet', wanted.internet, found.internet),
    ...compare('isolation', wanted.isolation.join(', '), found.isolation.join(', ')),
  ],
  create: ({ node }) => [{ via: 'keeper', stage: 'namespace', node, operation: 'create' }],
  // A pid, mount, uts or ipc namespace cannot be changed under running processes, so the node's PID 1 ends, its processes with it,
  // and both start anew. The network namespace and all that stands in it stay.
  update: ({ node }) => [{ via: 'keeper', stage: 'stop', node, operation: 'restart' }],
  remove: ({ node }) => [{ via: 'keeper', stage: 'drop', node, operation: 'drop' }],
  commands: ({ node }, around) => [`ip netns add ${around.netnsName(node) ?? node}`],
  // The network stays as it is; what changes belongs to the node's processes, which netlab-init runs.
  updateCommands: ({ node }) => [`# the PID 1 of ${node} ends and starts anew, and its processes with it`],
  removeCommands: ({ node }, around) => [{ stage: 'drop', line: `ip netns delete ${around.netnsName(node) ?? node}` }],
};
