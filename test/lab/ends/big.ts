/** A lab that takes a moment to make: thirty nodes in a chain and on two bridges, with processes that wait for each other. */
const NODES = 30;

export function bigTopology(): string {
  const nodes = Array.from({ length: NODES }, (_, index) => {
    const after = index === 0 ? '' : `, after: [n${index - 1}/main]`;
    const ready = index % 3 === 0 ? ', ready: { command: [test, -d, /proc/1] }' : '';
    const lines = [`  n${index}:`, '    forwarding: true'];
    if (index % 5 === 4) lines.push('    isolation: [net]');
    if (index % 2 === 0)
      lines.push(
        `    processes: { main: { command: [sleep, '20000']${ready}${index % 4 === 0 && index > 0 ? after.replace(`n${index - 1}`, `n${index - 2}`) : ''} } }`,
      );
    if (index % 7 === 0) lines.push('    nat: [{ masquerade: { out: right } }]');
    return lines.join('\n');
  });
  const links = Array.from(
    { length: NODES - 1 },
    (_, index) => `  - { endpoints: ['n${index}:right', 'n${index + 1}:left'], subnet: 10.100.${index}.0/30 }`,
  );
  const ports = (first: number) =>
    Array.from({ length: NODES / 2 }, (_, index) => `'n${first + index}:lan'`).join(', ');
  return [
    'nodes:',
    ...nodes,
    'bridges:',
    `  lan1: { ports: [${ports(0)}], subnet: 10.201.0.0/24 }`,
    `  lan2: { ports: [${ports(NODES / 2)}], subnet: 10.202.0.0/24 }`,
    'links:',
    ...links,
    '',
  ].join('\n');
}
