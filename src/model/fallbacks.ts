/**
 * Devices that the kernel makes by itself in every network namespace, as soon as a tunnel of their kind has been used anywhere on
 * the machine: they take the packets that fit no other tunnel. Nobody asked for them, and nobody else can have their names.
 */
export const FALLBACKS: ReadonlySet<string> = new Set([
  'gre0',
  'gretap0',
  'erspan0',
  'tunl0',
  'sit0',
  'ip6tnl0',
  'ip6gre0',
  'ip_vti0',
  'ip6_vti0',
]);
