/** Why nobody answers, where nobody says so: of a neighbour that is not there the kernel itself only tells after three seconds. */
import { AF, NUD } from '../netlink/constants.ts';
import { getroute } from '../netlink/spec/rt-route.ts';
import { NO_ANSWER, type Outcome } from '../probe/outcome.ts';
import { ask } from '../reconcile/read/ask.ts';
import type { LabNetwork } from './network.ts';
import { readNeighbours } from './neighbour-room.ts';

/** Looks at each node once. */
export class Silence {
  readonly #network: LabNetwork;
  /** By node, the neighbours that do not answer, by interface and address. */
  readonly #unresolved = new Map<string, ReadonlySet<string>>();

  constructor(network: LabNetwork) {
    this.#network = network;
  }

  /** The same outcome, and what is known besides that nobody answered. */
  explain({ from, address }: { readonly from: string; readonly address: string }, outcome: Outcome): Outcome {
    if (outcome.why !== NO_ANSWER) return outcome;
    const next = this.#missing(from, address);
    if (next === undefined) return outcome;
    const protocol = next.includes(':') ? 'neighbour discovery' : 'ARP';
    return { ...outcome, why: `${NO_ANSWER}, not even to ${protocol} for ${next}` };
  }

  /** The next hop toward an address, when it is a neighbour that has been asked for its link-layer address and has not answered. */
  #missing(node: string, address: string): string | undefined {
    const unresolved = this.#unresolvedOf(node);
    if (unresolved.size === 0 || address.includes('%')) return undefined;
    const six = address.includes(':');
    const header = { family: six ? AF.INET6 : AF.INET, dst_len: six ? 128 : 32 };
    const [route] = ask(() => this.#network.route(node).request(getroute, { header, attrs: { dst: address } })) ?? [];
    const next = route?.attrs.gateway ?? address;
    return unresolved.has(`${route?.attrs.oif} ${next}`) ? next : undefined;
  }

  #unresolvedOf(node: string): ReadonlySet<string> {
    const known = this.#unresolved.get(node);
    if (known !== undefined) return known;
    const found = new Set(
      readNeighbours(this.#network.route(node)).flatMap(({ ifindex, dst, state }) =>
        (state & (NUD.INCOMPLETE | NUD.FAILED)) === 0 ? [] : [`${ifindex} ${dst}`],
      ),
    );
    this.#unresolved.set(node, found);
    return found;
  }
}
