/** `link up`, `link down` and `link reset`: one end of a link, by hand, while the lab runs. */
import { ApplyError, LabError, VerifyError } from '../errors.ts';
import { HOST } from '../model/host.ts';
import type { LinkChange } from '../model/report.ts';
import type { Link, Resource } from '../model/resource.ts';
import { applyNetwork, ChangeFailure } from '../reconcile/apply.ts';
import { type Change, diff } from '../reconcile/diff.ts';
import type { Network } from '../reconcile/observe.ts';
import { order } from '../reconcile/order.ts';
import { standsOn } from '../reconcile/rebirth.ts';
import { RunSurroundings } from '../reconcile/surroundings.ts';
import { describe, keyOf, kindOf } from '../resource/index.ts';
import { keeperOf } from '../state/keepers.ts';
import { type LockOptions, lockLab } from '../state/lock.ts';
import { readRecord } from '../state/record.ts';
import { type Lost, readTurned, type Turned, type TurnedLinks, writeTurned } from '../state/turned.ts';
import { splitTarget } from '../topology/claims.ts';
import { near } from '../topology/words.ts';
import { subject } from './changes.ts';
import { raisedIsDone } from './late.ts';
import { observeMembers } from './observe.ts';
import { Parts } from './parts.ts';
import { requireNamespaces } from './privilege.ts';
import { Session } from './session.ts';
import { noInterface, noNode, requireRunning } from './unknown.ts';

/** What can be done with an end of a link. */
export type LinkVerb = 'up' | 'down' | 'reset';

export type LinkOptions = LockOptions;

/** An end of a link, by its node and its interface. */
interface End {
  readonly node: string;
  readonly link: string;
}

/** Everything that one call works with. */
interface Work {
  readonly session: Session;
  readonly parts: Parts;
  /** A look at one node. */
  readonly look: (node: string) => Network;
}

/**
 * Sets ends of links up or down, or back to what they were before they were first turned like this. Of a veth the far end loses its carrier
 * when this one goes down. What the kernel drops with a link that goes down (its IPv6 addresses, routes, neighbours, and the links on it) comes
 * back when it is mended, as far as netlab made it, and a link that is up again carries packets at once. Like `ip -n LAB.NODE link set IF down`.
 * @throws LabError when there is no such lab, node or interface; ApplyError, InterruptedError, VerifyError
 */
export async function turnLinks(
  lab: string,
  verb: LinkVerb,
  names: readonly string[],
  options: LinkOptions = {},
): Promise<LinkChange[]> {
  requireNamespaces('to cut or mend a link');
  const ends = names.map(endOf);
  requireRunning(lab);
  const lock = await lockLab(lab, options);
  try {
    const keeper = keeperOf(lab);
    using session = Session.open(lab, keeper);
    if (session === undefined) throw new LabError(`the lab ${lab} does not run`);
    const isOurs = ({ node }: End): boolean => node !== HOST && !session.foreign.has(node);
    using parts = ends.every(isOurs) ? Parts.NONE : Parts.open(lab, { keeper });
    session.foreign.attach(parts);
    await parts.lock(options);
    const record = readRecord(lab, keeper);
    const look = (node: string): Network => observeMembers(session, record, [], { nodes: [node] });
    // A name that is wrong is told before anything is touched.
    for (const end of ends) findLink(look(requireNode(session, end)), end, lab);
    const changes: LinkChange[] = [];
    for (const end of ends) changes.push(await turn({ session, parts, look }, verb, end));
    const raised = new Set(changes.flatMap(({ node, did }) => (did === 'raised' || did === 'reset' ? [node] : [])));
    if (raised.size > 0) {
      const networks = [...raised].map(look);
      const devices = new Map(networks.flatMap((each) => [...each.devices]));
      const late = new Map(networks.flatMap((each) => [...each.late]));
      await raisedIsDone(session.namespaces, devices, late, options.signal);
    }
    return changes;
  } finally {
    lock.release();
  }
}

async function turn(work: Work, verb: LinkVerb, end: End): Promise<LinkChange> {
  const { lab, keeper } = work.session;
  const turned = readTurned(lab, keeper.pid);
  const name = `${end.node}:${end.link}`;
  const known = Object.hasOwn(turned, name) ? turned[name] : undefined;
  const link = findLink(work.look(end.node), end, lab);
  const wasUp = known?.wasUp ?? link.up;
  const up = verb === 'reset' ? wasUp : verb === 'up';
  const others = without(turned, name);
  const write = (links: TurnedLinks): void => writeTurned(lab, keeper.pid, links);
  if (up) write(await mend(work, { ...link, up }, { ...others, [name]: { wasUp, lost: known?.lost ?? [] } }));
  else if (link.up) {
    // Written first: should this process be killed, the link is known to be cut all the same.
    write({ ...turned, [name]: { wasUp, lost: [] } });
    const lost = await cut(work, link);
    write(wasUp ? { ...turned, [name]: { wasUp, lost } } : others);
  }
  if (up === link.up) return { ...end, did: 'none' };
  return { ...end, did: verb === 'reset' ? 'reset' : up ? 'raised' : 'cut' };
}

function without({ ...links }: Record<string, Turned>, name: string): TurnedLinks {
  delete links[name];
  return links;
}

/** Sets a link down. Returns what of the lab's went with it. */
async function cut(work: Work, link: Link): Promise<Lost[]> {
  const before = work.look(link.node);
  const differences = [{ field: 'up', from: 'true', to: 'false' }];
  const wanted = { ...link, up: false };
  await apply(work, before, [wanted], [{ action: 'update', wanted, found: link, differences, reason: 'asked for' }]);
  const after = new Map(work.look(link.node).resources.map((each) => [keyOf(each), each]));
  const isLost = (each: Lost): boolean => {
    const now = after.get(keyOf(each));
    return now === undefined || kindOf<Resource>(each).differences(each, now).length > 0;
  };
  const own = keyOf(link);
  return standing(before).filter((each) => before.ours.has(keyOf(each)) && keyOf(each) !== own && isLost(each));
}

/** What one change takes along shows when it has been made. */
const ROUNDS = 3;

/**
 * Sets a link up, and brings back what had gone with the links of its node that are up then. What stands in the node besides stays as it
 * is. Returns which links are turned now: what needs one that is still cut (a route of several ways) waits for that one.
 */
async function mend(work: Work, link: Link, turned: TurnedLinks): Promise<TurnedLinks> {
  const found = standing(work.look(link.node));
  const isUp = new Map(
    found.map((each) => (each.kind === 'link' ? [`${each.node}:${each.name}`, each.up] : ['', false])),
  );
  isUp.set(`${link.node}:${link.name}`, true);
  const waits = (each: Lost): boolean => standsOn(each).some((name) => isUp.get(name) === false);
  const left: Record<string, Turned> = {};
  const again = new Map<string, Lost>([[keyOf(link), link]]);
  for (const [name, { wasUp, lost }] of Object.entries(turned)) {
    const ready = isUp.get(name) === true ? lost.filter((each) => !waits(each)) : [];
    for (const each of ready) again.set(keyOf(each), each);
    const rest = lost.filter((each) => !ready.includes(each));
    if (wasUp !== isUp.get(name) || rest.length > 0) left[name] = { wasUp, lost: rest };
  }
  const present = new Set(found.map(keyOf));
  const wanted = [
    ...found.map((each) => again.get(keyOf(each)) ?? each),
    ...[...again].flatMap(([key, each]) => (present.has(key) ? [] : [each])),
  ];
  for (let round = 0; ; round++) {
    const now = work.look(link.node);
    const { changes } = diff(wanted, { resources: standing(now), ours: new Set() });
    if (changes.length === 0) return left;
    if (round === ROUNDS)
      throw new VerifyError(changes.map((each) => `${each.action} ${describe(subject(each))}: ${each.reason}`));
    await apply(work, now, wanted, order(changes));
  }
}

/** What of a node's network goes with a link that goes down. */
function standing({ resources }: Network): Lost[] {
  return resources.filter(
    (each) =>
      each.kind === 'link' ||
      each.kind === 'address' ||
      each.kind === 'route' ||
      each.kind === 'neighbour' ||
      each.kind === 'fdb',
  );
}

async function apply(
  { session, parts }: Work,
  seen: Network,
  wanted: readonly Resource[],
  changes: readonly Change[],
): Promise<void> {
  const { lab, namespaces } = session;
  const around = new RunSurroundings(lab, namespaces, wanted, seen, changes);
  try {
    await applyNetwork(changes, { around, namespaces, keeping: session, journal: new Set(), restore: parts.restore });
  } catch (error) {
    if (!(error instanceof ChangeFailure)) throw error;
    const { change, cause } = error;
    throw new ApplyError(`${change.action} ${describe(subject(change))}`, undefined, 'kept', cause);
  }
}

function endOf(name: string): End {
  const { name: node, link = '' } = splitTarget(name);
  if (node === '' || link === '' || link.includes(':'))
    throw new LabError(`found ${JSON.stringify(name)}, expected an end of a link: NODE:INTERFACE`);
  return { node, link };
}

/** The node, which must be there. */
function requireNode({ lab, namespaces }: Session, { node, link }: End): string {
  if (namespaces.has(node)) return node;
  if (node === HOST) throw new LabError(`the lab ${lab} has nothing on the host, and so no ${node}:${link}`);
  throw noNode(lab, node, namespaces.names());
}

function findLink({ resources }: Network, { node, link }: End, lab: string): Link {
  const links = resources.filter((each) => each.kind === 'link');
  const found = links.find(({ name }) => name === link);
  if (found !== undefined) return found;
  const names = links.map(({ name }) => name);
  if (node === HOST) throw new LabError(`the lab ${lab} has no ${link} on the host${near(link, names)}`);
  throw noInterface(lab, node, link, names);
}
