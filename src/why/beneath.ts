/** A tunnel's own packets: where the LAN that it carries ends for no reason to be seen, they are followed. */
import type { WhyCause } from '../model/why.ts';
import { attempt, type Ground } from './attempt.ts';
import type { Stop } from './judge.ts';

/** Tunnels in tunnels, at most. */
const DEEP = 3;

/** The cause, or what stops the packets of the tunnel that is below it. @throws InterruptedError. */
export async function beneath(
  ground: Ground,
  { doubt, ...cause }: Stop,
  signal: AbortSignal | undefined,
  depth = 0,
): Promise<WhyCause> {
  if (doubt?.underlay === undefined || depth === DEEP) return cause;
  const { node, name, remote, port, size } = doubt.underlay;
  const words = { protocol: 'udp', port, size } as const;
  const { cause: below } = await attempt(ground, { from: node, to: remote, words, signal });
  // What carries frames answers nothing to what is none.
  if (below === null || below.word === 'no-answer') return cause;
  const found = await beneath(ground, below, signal, depth + 1);
  return {
    ...found,
    direction: cause.direction,
    text: `${node}:${name} packs it for ${remote} (UDP port ${port}), and that does not come there: ${found.text}`,
  };
}
