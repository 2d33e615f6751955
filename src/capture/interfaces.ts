/** Which interfaces are meant by the words of a command line. */
import { LabError, UsageError } from '../errors.ts';
import { noInterface } from '../lab/unknown.ts';
import type { LabInterface, LabNetwork } from '../lab/network.ts';
import { splitTarget } from '../topology/claims.ts';

/** An interface, where it is, and what hangs together with it. */
export interface Chosen {
  readonly node: string;
  readonly link: string;
  /** `node:interface` */
  readonly name: string;
  readonly index: number;
  /** Its number of linux/if_arp.h. */
  readonly hardware: number;
  /** The other end of its cable, if that is chosen too. */
  readonly peer: string | undefined;
  /** The interfaces of its node on which it stands: ports, what carries a tunnel or a VLAN, and what those stand on. */
  readonly below: ReadonlySet<string>;
}

/**
 * `r1:eth0` is one, `r1` all that the lab has of a node, `all` all that it has, in the order of the file; each once.
 * @throws LabError with the nearest name when there is no such node or interface; UsageError for what names none.
 */
export function chooseInterfaces(network: LabNetwork, words: readonly string[]): Chosen[] {
  const chosen = new Map<string, { readonly node: string; readonly link: string }>();
  const nodes = new Map<string, ReadonlyMap<string, LabInterface>>();
  for (const word of words) {
    const { name, link: only } = splitTarget(word);
    if (name === '' || only === '')
      throw new UsageError(`expected NODE:IF, NODE or all, found ${JSON.stringify(word)}`);
    for (const node of word === 'all' ? network.members() : [name]) {
      // What is named may be anybody's; `host` alone means what the lab has there.
      const all = nodes.get(node) ?? network.interfaces(node, true);
      nodes.set(node, all);
      if (only !== undefined && !all.has(only)) throw noInterface(network.lab, node, only, [...all.keys()]);
      const meant = only === undefined ? network.interfaces(node).keys() : [only];
      for (const link of meant) chosen.set(`${node}:${link}`, { node, link });
    }
  }
  if (chosen.size === 0) throw new LabError(`the lab ${network.lab} has no interface`);
  const factsOf = ({ node, link }: { readonly node: string; readonly link: string }): LabInterface =>
    nodes.get(node)!.get(link)!;
  const cables = new Map(
    [...chosen].flatMap(([name, each]) => (factsOf(each).isVeth ? [[factsOf(each).index, name] as const] : [])),
  );
  return [...chosen].map(([name, { node, link }]) => {
    const { index, hardware, link: far, isVeth } = factsOf({ node, link });
    const peer = isVeth && far !== undefined ? cables.get(far) : undefined;
    const below = [...belowOf(index, nodes.get(node)!)].map((each) => `${node}:${each}`);
    return { node, link, name, index, hardware, peer, below: new Set(below) };
  });
}

/** Names of the interfaces on which one of a node stands. */
function belowOf(index: number, all: ReadonlyMap<string, LabInterface>, found = new Set<string>()): Set<string> {
  const own = [...all.values()].find((each) => each.index === index);
  for (const [name, each] of all) {
    const carries = own?.isVeth === false && own.link === each.index && each.index !== index;
    if ((each.master !== index && !carries) || found.has(name)) continue;
    found.add(name);
    belowOf(each.index, all, found);
  }
  return found;
}
