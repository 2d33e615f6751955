/** The whole of a containerlab file → a draft. */
import { basename, dirname, resolve } from 'node:path';
import { TopologyError } from '../../errors.ts';
import { readSource } from '../../topology/source.ts';
import { Draft, type NodeDraft } from '../draft.ts';
import type { ImportOptions } from '../format.ts';
import { labName, Names, RESERVED_NAMES } from '../names.ts';
import { mappingAt, readDocument, wordOf, type ClabDocument } from './document.ts';
import { ClabNode } from './inherit.ts';
import { leaveKeys, leaveTop } from './left.ts';
import { readLinks } from './links.ts';
import { fillNode } from './node.ts';
import { Wiring, type Place } from './wiring.ts';

/** Kinds of nodes that are not containers of Linux, and become something all the same. */
const BRIDGES = ['bridge', 'ovs-bridge'];

/** Kinds that are no image, and why they are left out. */
const ELSEWHERE: Readonly<Record<string, string | undefined>> = {
  '': 'found no kind, neither here nor in its group or `defaults`',
  'ext-container': 'a container that is there already: a node with `join` puts links into it',
  'k8s-kind':
    'a cluster of Kubernetes in containers of Docker, which kind makes: a node with `join` puts links into one of them',
};

/** Reads the file. Files that it names are looked for beside it. */
export function readLab(file: string, options: ImportOptions): Draft {
  const document = readDocument(readSource(file), file, process.env);
  const draft = new Draft();
  const { topology } = draft;
  const called = wordOf(document.top['name']) ?? basename(file).replace(/(?:\.clab)?\.ya?ml$/, '');
  topology.name = labName(options.name ?? called.replaceAll(/__git(?:Branch|Hash)__/g, 'none'));
  // Docker's containers forward IPv4, and have IPv6 with a link-local address at each end of a link.
  topology.defaults = { node: { forwarding: { ipv4: true }, sysctls: { 'net.ipv6.conf.default.addr_gen_mode': 0 } } };
  leaveTop(draft, document);

  const folder = dirname(resolve(file));
  const nodes = Object.keys(mappingAt(document.topology, 'nodes')).map((name) => new ClabNode(document, name));
  const places = place(draft, document, nodes);
  const { links, left } = readLinks(document);
  const wiring = new Wiring(draft, document, places);
  for (const link of links) wiring.add(link);
  for (const link of left) wiring.leave(link);
  wiring.finish();
  for (const node of nodes) {
    const place = places.get(node.name);
    if (place?.what !== 'node') continue;
    leaveKeys(draft, document, node);
    const magic = (text: string): string =>
      text
        .replaceAll('__clabNodeName__', node.name)
        .replaceAll('__clabLabName__', `clab-${called}`)
        .replaceAll('__clabNodeDir__', `clab-${called}/${node.name}`)
        .replaceAll('__clabDir__', `clab-${called}`);
    const home = options.home ?? resolve('.');
    fillNode(draft, document, node, { home, folder, magic, name: place.name, ends: wiring.endsOf(place.name) });
  }
  return draft;
}

/** What becomes of each node: one of ours, a bridge, this machine, or nothing. */
function place(draft: Draft, document: ClabDocument, nodes: readonly ClabNode[]): Map<string, Place> {
  const names = new Names(63, RESERVED_NAMES);
  const bridges = new Names(15, RESERVED_NAMES);
  const places = new Map<string, Place>();
  const outside: TopologyError['problems'][number][] = [];
  for (const clab of nodes) {
    const origin = document.origin(clab.path, `node ${clab.name}`);
    const leave = (reason: string): void => {
      draft.leave(origin, `left out: ${reason}`);
      outside.push({ ...origin, path: origin.subject!, message: reason, severity: 'error' });
      places.set(clab.name, { what: 'nothing' });
    };
    const mode = clab.word('network-mode')?.value.toLowerCase() ?? '';
    if (clab.kind === 'host') places.set(clab.name, { what: 'host' });
    else if (BRIDGES.includes(clab.kind)) places.set(clab.name, bridge(clab, mode));
    else if (clab.kind !== 'linux')
      leave(ELSEWHERE[clab.kind] ?? `the kind ${clab.kind} needs an image that is no Linux of ours`);
    else if (mode === 'host') leave('its network is that of this machine, where netlab runs nothing');
    else if (mode.startsWith('container:'))
      leave(`its network is that of ${mode.slice(10)}: say what it does as \`processes\` and \`setup\` there`);
    else {
      const name = names.of(clab.name);
      const node: NodeDraft = {};
      draft.topology.nodes[name] = node;
      draft.from(['nodes', name], origin);
      places.set(clab.name, { what: 'node', name });
      if (name !== clab.name) draft.leave(origin, `called ${name}, as a node can be`);
    }
    if (clab.kind === 'host' && clab.list('exec').length > 0)
      draft.leave(origin, 'left out: commands on this machine itself, where netlab runs nothing');
    if (clab.kind === 'ovs-bridge') draft.leave(origin, 'a bridge of Linux instead of Open vSwitch');
  }
  if (Object.keys(draft.topology.nodes).length === 0) throw new TopologyError(outside);
  return places;

  function bridge(clab: ClabNode, mode: string): Place {
    const [name = '', parent] = clab.name.split('|');
    if (parent !== undefined && mode === `container:${parent}`.toLowerCase())
      return { what: 'inner bridge', name, parent };
    return { what: 'bridge', name: bridges.of(clab.name) };
  }
}
