/** Writes a topology that a program made as YAML that a person reads: what is short on one line, what is long on several. */

const WIDTH = 120;

/** The file: the schema's line, the comment, the topology. */
export function asYaml(comment, topology) {
  const head = ['# yaml-language-server: $schema=../schemas/topology.schema.json', '#', ...comment.trim().split('\n').map((line) => `# ${line}`.trimEnd())];
  return [...head, ...block(topology, 0), ''].join('\n');
}

function block(value, depth) {
  const indent = '  '.repeat(depth);
  const entries = Array.isArray(value) ? value.map((item) => ['-', item]) : Object.entries(value).map(([key, item]) => [`${word(key)}:`, item]);
  return entries.flatMap(([start, item]) => {
    const line = `${indent}${start} ${flow(item)}`;
    // Sections, nodes and interfaces have lines of their own, however short they are.
    const several = typeof item === 'object' && (depth < 2 && start !== '-' || line.length > WIDTH);
    return several ? [`${indent}${start}`, ...block(item, depth + 1)] : [line];
  });
}

function flow(value) {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value !== 'object') return typeof value === 'string' ? word(value) : String(value);
  return `{ ${Object.entries(value).map(([key, item]) => `${word(key)}: ${flow(item)}`).join(', ')} }`;
}

/** A word that YAML would read as something else, or not at all, gets quotes. */
function word(text) {
  return /^[A-Za-z0-9][\w ./-]*$/.test(text) && !/^[\d.]+$|^(true|false|null|yes|no|on|off)$/i.test(text) ? text : /^\d+(\.\d+){3}$/.test(text) ? text : `'${text}'`;
}
