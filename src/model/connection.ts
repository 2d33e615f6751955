/** Connections as the kernel keeps track of them. */

/** By what the packets of one direction of a connection are known. */
export interface Tuple {
  readonly source: string;
  readonly destination: string;
  /** Ports of TCP and UDP; of an echo both are its id. */
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** A connection that a node's connection tracking holds, as `conntrack -L` shows it. */
export interface Connection {
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** Its first packet, as it came. */
  readonly original: Tuple;
  /** What is an answer to it: where that is no mirror image, the node translates. */
  readonly reply: Tuple;
  /** `seen-reply`, `assured`, `confirmed`, `src-nat`, `dst-nat` … */
  readonly status: readonly string[];
  /** Of connection tracking; 0 unless a rule says another one. */
  readonly zone: number;
}

/** What goes the other way between the same two. */
export function mirrored({ source, destination, sourcePort, destinationPort }: Tuple): Tuple {
  return { source: destination, destination: source, sourcePort: destinationPort, destinationPort: sourcePort };
}

export function sameTuple(a: Tuple, b: Tuple): boolean {
  return (
    a.source === b.source &&
    a.destination === b.destination &&
    a.sourcePort === b.sourcePort &&
    a.destinationPort === b.destinationPort
  );
}

/** `10.0.0.1 port 80 → 10.0.0.2 port 4000` */
export function tupleText(
  { source, destination, sourcePort, destinationPort }: Tuple,
  protocol: Connection['protocol'],
): string {
  return protocol === 'icmp'
    ? `${source} → ${destination} (echo ${sourcePort})`
    : `${source} port ${sourcePort} → ${destination} port ${destinationPort}`;
}
