// Writes docs/topology.md, the reference of the topology language, from schemas/topology.schema.json and from the table of words
// that this version refuses (src/topology/unsupported.ts, compiled). `--check` only says whether the page is current.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);
const schema = JSON.parse(readFileSync(new URL('schemas/topology.schema.json', root), 'utf8'));
const { isUnsupported, unsupportedValues } = await import(new URL('dist/src/topology/unsupported.js', root).href);
const page = new URL('docs/topology.md', root);

/** The sections of the page: the mappings of the language, each once, at the path where it first stands. */
const SECTIONS = [
  [
    'The file',
    schema,
    '',
    'A topology is one YAML mapping (JSON is YAML). Only `nodes` is usual, nothing is required.',
  ],
  ['Nodes', 'node', 'nodes.*'],
  ['Interfaces', 'interface', 'nodes.*.interfaces.*'],
  ['Routes', 'route', 'nodes.*.routes.*'],
  ['Next hops', 'nexthop', 'nodes.*.routes.*.nexthops.*'],
  ['Rules', 'rule', 'nodes.*.rules.*'],
  ['Neighbours', 'neighbor', 'nodes.*.neighbors.*'],
  ['Forwarding entries', 'fdb', 'nodes.*.fdb.*'],
  ['NAT', 'nat', 'nodes.*.nat.*'],
  ['Firewall', 'chain', 'nodes.*.firewall.*', undefined, 'nodes.*.firewall'],
  ['Capabilities', 'capabilities', 'nodes.*.capabilities', undefined, 'nodes.*.capabilities'],
  ['Ulimits', 'ulimits', 'nodes.*.ulimits', undefined, 'nodes.*.ulimits'],
  ['Processes', 'process', 'nodes.*.processes.*'],
  ['Limits', 'limits', 'nodes.*.limits'],
  ['Logs', 'log', 'nodes.*.log'],
  ['Readiness', 'ready', 'nodes.*.processes.*.ready'],
  ['Bridges', 'bridge', 'bridges.*'],
  ['Links', 'link', 'links.*', 'A list of the two ends, `["r1:eth0", "r2:eth0"]`, or a mapping:'],
  ['Impairment', 'impair', 'links.*.impair', undefined, 'links.*.impair'],
  ['Checks', 'check', 'checks.*'],
];

const resolve = (one) =>
  one.$ref === undefined
    ? one
    : { ...resolve(schema.definitions[one.$ref.replace('#/definitions/', '')]), ...one, $ref: undefined };
const code = (value) => `\`${typeof value === 'string' ? value.replaceAll('\n', '\\n') : flow(value)}\``;

/** A value as one writes it in a topology: `{ to: default, via: 10.0.0.1 }`. */
function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'string')
    return /^[A-Za-z/][\w./-]*$|^[0-9]+(\.[0-9]+){3}(\/[0-9]+)?$/.test(value) ? value : JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const pairs = Object.entries(value).map(([key, item]) => `${key}: ${flow(item)}`);
  return pairs.length === 0 ? '{}' : `{ ${pairs.join(', ')} }`;
}

function typeOf(one) {
  if (one.errorMessage !== undefined) return one.errorMessage.replace(/^expected /, '');
  if (one.enum !== undefined) return one.enum.map(code).join(', ');
  if (one.anyOf !== undefined) return [...new Set(one.anyOf.map((form) => typeOf(resolve(form))))].join(', or ');
  const words = {
    array: 'a list',
    object: 'a mapping',
    boolean: '`true` or `false`',
    integer: 'a whole number',
    number: 'a number',
    string: 'text',
  };
  const types = [one.type ?? []].flat().filter((type) => type !== 'null');
  const text = types.map((type) => words[type]).join(' or ');
  const { minimum, maximum } = one;
  return minimum === undefined
    ? text
    : maximum === undefined
      ? `${text} from ${minimum} on`
      : `${text} from ${minimum} to ${maximum}`;
}

/** The values that a key can have, when some of them are refused yet. */
function refused(one, path) {
  const values = one.enum ?? resolve(one.items ?? {}).enum ?? [];
  const missing = unsupportedValues(one.enum === undefined ? `${path}.*` : path, values);
  return missing.length === 0 ? '' : ` Not supported yet: ${missing.map(code).join(', ')}.`;
}

const cell = (text) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row(name, one, path, required, inherited) {
  const property = resolve(one);
  const marks = [required ? '**required**' : '', inherited || isUnsupported(path) ? '*not supported yet*' : ''].filter(
    Boolean,
  );
  const initial = property.default === undefined ? '' : ` Default: ${code(property.default)}.`;
  const example = property.examples?.[0];
  const cells = [
    `\`${name}\`${marks.length === 0 ? '' : `<br>${marks.join(', ')}`}`,
    `${property.description ?? ''}${initial}${refused(property, path)}`,
    typeOf(property),
    example === undefined ? '' : code(example),
  ];
  return `| ${cells.map(cell).join(' | ')} |`;
}

/** The rows of a mapping; small mappings that have no section of their own are spelt out below their key. */
function rows(one, path, inherited, prefix = '') {
  return Object.entries(one.properties ?? {}).flatMap(([name, property]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const off = inherited || isUnsupported(at);
    // What a kind of check says is spelt out where the kind stands.
    const inner = property.$ref === undefined || property.$ref.endsWith('Check') ? resolve(property) : {};
    const form = inner.anyOf?.find(({ properties }) => properties !== undefined) ?? inner;
    const element = form.items !== undefined && form.items.$ref === undefined ? form.items : form;
    const below =
      SECTIONS.some(([, , section]) => section === at) || element.properties === undefined
        ? []
        : rows(element, element === form ? at : `${at}.*`, off, `${prefix}${name}.`);
    return [
      row(`${prefix}${name}`, property, at, one.required?.includes(name) ?? false, off && !isUnsupported(at)),
      ...below,
    ];
  });
}

function section([title, named, path, words, unsupported]) {
  const one = typeof named === 'string' ? resolve(schema.definitions[named]) : named;
  const form =
    one.anyOf === undefined ? one : resolve(one.anyOf.find((branch) => resolve(branch).properties !== undefined));
  const off = unsupported !== undefined && isUnsupported(unsupported);
  const where = path === '' ? '' : `\n\`${path}\``;
  const intro = words ?? one.description;
  return `## ${title}\n${where}${where === '' ? '' : ' · '}${where === '' ? '\n' : ''}${intro}${off ? ' *Not supported yet.*' : ''}\n\n| key | meaning | value | example |\n|---|---|---|---|\n${rows(form, path, off).join('\n')}\n`;
}

const text = `# The topology language

<!-- Made by scripts/build-reference.mjs from schemas/topology.schema.json. Change that, then run it again. -->

What a topology file may say, key by key. The same words appear in an editor that knows the schema: begin a file with
\`# yaml-language-server: $schema=…/schemas/topology.schema.json\`. The files in [topologies/](../topologies) show them at work.

A key that this page calls *not supported yet* is refused by name, never ignored.

## Rules for all of it

- **Names.** A node: up to 63 letters, digits, \`-\` and \`_\`. A bridge: the same, up to 15, and no node's name. An interface: what the kernel
  takes (up to 15 bytes, no blanks, no \`/\`, no \`:\`), except \`all\` and \`default\`. \`host\` means the machine itself.
- **Variables.** \`\${VAR}\` and \`\${VAR:-default}\` are replaced from the environment in any scalar, keys too; \`$$\` is a dollar sign; a lone \`$\` stays.
  A variable that is not set and has no default is an error. A quoted \`"\${MTU}"\` counts as a number where only a number will do.
- **Units.** Time spans are written as tc, docker and systemd write them: \`500ms\`, \`10s\`, \`1m30s\`, \`2 min\`, \`1h\`, \`1d\`. A bare number is
  refused, since those three do not agree on its unit. Sizes take k, M, G and T (1024 each), rates tc's units, percentages a \`%\`.
- **Defaults.** \`defaults.node\`, \`defaults.link\` and \`defaults.process\` are merged under every node, link and process: mappings key by key,
  however deep; anything else (lists too) is replaced.
- **Routes.** Without \`dev\`, the interface is the one whose network holds \`via\`, the longest prefix first. A route that names only a device
  makes its network one that is reached without a gateway.
- **Subnets.** \`subnet\` gives each end its next free address in order: from the first host on, both addresses of a /31 or /127, never the
  all-zeros address of IPv6. An end that has an address inside the subnet keeps it and gets no other.
- **MTU.** An interface's own comes first, then its link's or bridge's, then \`defaults.link\`, then the kernel's.
- **Ports.** A bridge's port toward \`pc1:eth0\` is called \`pc1\`, or \`pc1-eth0\` where pc1 has several ports on that bridge. Past 15 bytes, or when
  the name is taken, it is the first nine characters, a hyphen, and five of a hash.
- **Order of addresses.** They are added in the order of the file: the first of a network is its primary one, which packets leave with. The kernel
  moves none, so where the order has changed, \`up\` removes those that shall come later and adds them again, and puts back the routes that
  went with them.
- **Settings of \`default\`.** \`net.ipv4.conf.default.…\` and its like hold for every interface of the node that says nothing else, also for those
  that stand already. A setting that leaves the file goes back to what the lab would have had without it.
- **IPv6.** An interface with an IPv6 address gets a link-local one too, made from its MAC address, unless the file gives it one. One
  without has none.
- **Files.** \`files\` lie in memory and are mounted in the node alone. Over a file that this machine has, the node's own is bound; where
  there is none, the folder becomes the node's own (an overlay: what it writes there stays there, too). A changed file changes in place; files
  that come and go do so while the node runs. A program that replaces a file by renaming another over it gets EBUSY. What is new directly
  below \`/\` or \`/run\`, and all that stands below \`/proc\`, \`/sys\` and \`/dev\`, is refused. /etc/resolv.conf is the machine's unless
  \`files\` gives one; /etc/hosts and /etc/hostname are netlab's unless it does.
- **Roots.** With \`rootfs\` a node sees nothing of the machine's files: /proc, /sys and a small /dev are its own, its users are those of its own /etc/passwd, PATH
  is the usual one, and processes and setup start in \`/\` (or where the image says). \`files\`, hosts and hostname stand in it. What the node writes
  lies in memory until the node goes, through restarts of its PID 1 too; above another root it starts empty.
- **Mounts.** They change in place, under processes that go on: one that is other than before is taken away with what stands on it, and made again. One that
  somebody has taken away is missing in \`plan\`, and comes back with \`up\`. Relative paths of the machine begin with the folder of the file.
- **Setup.** \`setup\` is run by root in the folder of the topology, with the environment of a process. What a command has done, netlab does not know: it
  is neither compared nor undone. A list that has changed, or that failed, is run from its beginning.
- **Processes.** They start in the folder of the topology with PATH of the caller, HOME, USER, LOGNAME, HOSTNAME, NETLAB_LAB and NETLAB_NODE,
  and what \`env\` says; standard input is /dev/null, output goes to a log. One that has ended with 0 has done what it was for; one that failed or was
  stopped is started by the next \`up\`. A change of \`restart\`, \`stop\`, \`ready\`, \`after\`, \`limits\` or \`log\` leaves a running process alone. All stop
  at once, each its process group; what has left its group ends with its node.
- **YAML.** One document, UTF-8, at most 4 MiB; anchors, aliases and merge keys (\`<<\`) are understood; keys are unique; no tags but YAML's own.
  \`-\` reads standard input.

${SECTIONS.map(section).join('\n')}`;

const current = (() => {
  try {
    return readFileSync(page, 'utf8');
  } catch {
    return '';
  }
})();
if (!process.argv.includes('--check')) writeFileSync(page, text);
else if (current !== text) {
  console.error(`${fileURLToPath(page)} is not what the schema says; run: node scripts/build-reference.mjs`);
  process.exitCode = 1;
}
