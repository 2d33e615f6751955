/** Whether a topology can stand on this host, and in the namespaces that its nodes join, as they are: asked before anything is built. */
import { HostError, type Problem } from '../errors.ts';
import { HOST } from '../model/host.ts';
import type { LabModel } from '../model/lab.ts';
import type { Path } from '../model/place.ts';
import type { Netfilter, Resource, Sysctl } from '../model/resource.ts';
import { canonicalKey, settingNow } from '../reconcile/along.ts';
import { observeForeign } from '../reconcile/foreign.ts';
import { indexOf, interfaceNames, learntDefaults, wayTo } from '../reconcile/read/host.ts';
import { readTable } from '../reconcile/read/netfilter.ts';
import { droppingChains } from '../reconcile/read/firewall.ts';
import { describe, keyOf } from '../resource/index.ts';
import { isOfDevice, sysctlPath } from '../resource/sysctl.ts';
import { INSIDE } from '../state/places.ts';
import { didYouMean } from '../topology/words.ts';
import type { Part } from './part.ts';
import type { Parts } from './parts.ts';

/** Finds what is in the way in `there`. Returns the warnings; throws HostError with everything that cannot be. */
export function checkParts(
  parts: Parts,
  there: readonly Part[],
  model: LabModel,
  wanted: readonly Resource[],
): Problem[] {
  const found = there.flatMap((part) => {
    // What this lab has there for another node goes before this comes.
    const moved = parts.all().some((each) => each !== part && each.before.netns === part.before.netns);
    return moved ? [] : new PartCheck(part, model, wanted).run();
  });
  if (found.some(({ severity }) => severity === 'error')) throw new HostError(found);
  return found;
}

const MARKED: ReadonlySet<string> = new Set(['route', 'rule', 'neighbour']);

class PartCheck {
  readonly #part: Part;
  /** How it is called in sentences, and where it is said to stand. */
  readonly #who: string;
  readonly #where: string;
  readonly #model: LabModel;
  readonly #wanted: readonly Resource[];
  readonly #problems: Problem[] = [];
  readonly #made: ReadonlySet<string>;

  constructor(part: Part, model: LabModel, wanted: readonly Resource[]) {
    this.#part = part;
    this.#who = part.node === HOST ? 'the host' : `the namespace that ${part.node} joins`;
    this.#where = part.node === HOST ? 'on the host' : 'in there';
    this.#model = model;
    this.#wanted = part.wantedOf(wanted);
    this.#made = new Set(part.before.made);
  }

  run(): Problem[] {
    for (const each of this.#wanted) {
      if (each.kind === 'link') this.#name(each.name, each.at);
      if (each.kind === 'sysctl') this.#setting(each);
      if (each.kind === 'netfilter') this.#table(each);
      if (each.kind === 'address' && each.scope !== 'link') this.#address(each.prefix, each.at);
      if (each.kind === 'route') for (const { dev } of each.nexthops) this.#device(dev, each.at, 'error');
    }
    this.#marked();
    this.#firewall();
    return this.#problems;
  }

  #say(at: Path | undefined, message: string, severity: Problem['severity'] = 'error'): void {
    this.#problems.push({ ...this.#model.locate(at ?? []), message, severity });
  }

  /** A name is free, or it is that of the lab's own. */
  #name(name: string, at: Path | undefined): void {
    if (this.#made.has(`link ${this.#part.node}:${name}`)) return;
    const other = this.#part.neighbours().find(({ node, made }) => made.includes(`link ${node}:${name}`));
    if (other !== undefined)
      this.#say(at, `the lab ${other.lab} has an interface ${name} ${this.#where}, expected another name`);
    else if (indexOf(this.#part.namespaces.route(this.#part.node), name) !== undefined) {
      this.#say(at, `${this.#who} has an interface ${name} already, which is not this lab's, expected another name`);
    }
  }

  #setting({ key, value, at }: Sysctl): void {
    for (const { lab, settings } of this.#part.neighbours()) {
      const other = settings.find((each) => canonicalKey(each.key) === canonicalKey(key))?.values.at(-1);
      if (other !== undefined && other !== value) {
        this.#say(at, `the lab ${lab} needs ${key} to be ${other} ${this.#where}, and this one ${value}`);
      }
    }
    const { was } = settingNow(this.#part.namespaces.fd(this.#part.node), sysctlPath(key));
    const device = isOfDevice(key) ? key.split('.')[3]!.replaceAll('/', '.') : undefined;
    const coming = device !== undefined && this.#wanted.some((each) => each.kind === 'link' && each.name === device);
    if (was === undefined && !coming) this.#say(at, `${this.#who} has no setting ${key}`);
    if (key === 'net.ipv6.conf.all.forwarding' && value !== '0' && was === '0' && this.#wouldForget()) {
      this.#say(
        at,
        `${this.#who} has learnt its IPv6 default route from a router, and would lose it by forwarding IPv6; expected "forwarding: { ipv4: true }"`,
      );
    }
  }

  /**
   * Whether the kernel would throw away IPv6's route of last resort with forwarding on (rt6_purge_dflt_routers()): a router does not
   * listen to routers, but with accept_ra=2. Where it is 0, another program listens, and made the route.
   */
  #wouldForget(): boolean {
    const socket = this.#part.namespaces.route(this.#part.node);
    const indexes = learntDefaults(socket);
    if (indexes.length === 0) return false;
    const names = interfaceNames(socket).filter((name) => indexes.includes(indexOf(socket, name) ?? 0));
    return names.some((name) => {
      const key = `net.ipv6.conf.${name.replaceAll('.', '/')}.accept_ra`;
      const coming = this.#wanted.find((each) => each.kind === 'sysctl' && each.key === key);
      const { was } = settingNow(this.#part.namespaces.fd(this.#part.node), sysctlPath(key));
      return (coming?.kind === 'sysctl' ? coming.value : was) === '1';
    });
  }

  /** Routes and rules that bear our mark already: another lab's. The kernel has each but once, and who takes it down takes both. */
  #marked(): void {
    const coming = this.#wanted.filter((each) => MARKED.has(each.kind) && !this.#made.has(keyOf(each)));
    if (coming.length === 0) return;
    const { node, others, table } = this.#part.scope;
    const made = new Set(coming.map(keyOf));
    for (const found of observeForeign(this.#part.namespaces, { node, made, others, table }, new Set()).resources) {
      const at = coming.find((each) => keyOf(each) === keyOf(found))?.at;
      this.#say(
        at,
        `${this.#who} has the ${describe(found).replace(new RegExp(` on ${node}$`), '')} already, and not from this lab`,
      );
    }
  }

  #table({ table = 'netlab', nat, at }: Netfilter): void {
    if (
      !this.#made.has(`netfilter ${this.#part.node}`) &&
      readTable(this.#part.node, this.#part.namespaces.netfilter(this.#part.node), table) !== undefined
    ) {
      this.#say(
        at,
        `${this.#who} has an nftables table ${table} already, which is not this lab's: nft delete table inet ${table}`,
      );
    }
    for (const rule of nat) {
      const dev = 'out' in rule ? rule.out : 'in' in rule ? rule.in : undefined;
      this.#device(dev, rule.at, 'warning');
    }
  }

  /** An interface of the host's own that the file speaks of. */
  #device(name: string | undefined, at: Path | undefined, severity: Problem['severity']): void {
    if (name === undefined || this.#wanted.some((each) => each.kind === 'link' && each.name === name)) return;
    const socket = this.#part.namespaces.route(this.#part.node);
    if (indexOf(socket, name) !== undefined) return;
    const names = interfaceNames(socket);
    const hint =
      INSIDE && this.#part.node === HOST
        ? `: in an ordinary user's lab it is the lab's own home, which has ${names.join(' and ')} and nothing of the machine's`
        : didYouMean(name, names);
    this.#say(at, `${this.#who} has no interface ${name}${hint}`, severity);
  }

  /** An address whose network the host reaches by another way. */
  #address(prefix: string, at: Path | undefined): void {
    const key = this.#wanted.find((each) => each.kind === 'address' && each.prefix === prefix);
    if (key === undefined || this.#made.has(keyOf(key))) return;
    const [address = '', length] = prefix.split('/');
    const way = wayTo(this.#part.namespaces.route(this.#part.node), address);
    if (way?.local === true) this.#say(at, `${this.#who} has the address ${address} already`);
    else if (way !== undefined && way.length >= Number(length) && way.length > 0) {
      this.#say(
        at,
        `${this.#who} has a way to ${prefix} already; some of its packets may take the other one`,
        'warning',
      );
    }
  }

  /** A chain that drops what it does not know cannot be overruled by a table of ours: nftables needs all to accept. */
  #firewall(): void {
    const links = this.#wanted.flatMap((each) => (each.kind === 'link' && each.master === undefined ? [each] : []));
    const forwards = this.#wanted.find(
      (each) => each.kind === 'netfilter' || (each.kind === 'sysctl' && /forward/.test(each.key)),
    );
    if (links.length === 0 || forwards === undefined) return;
    const dropping = droppingChains(
      this.#part.namespaces.netfilter(this.#part.node),
      links.map(({ name }) => name),
    );
    for (const { where, missing, command } of dropping) {
      if (missing.length === 0) continue;
      const commands = missing.flatMap((name) => command(name)).map((line) => `\n    ${line}`);
      this.#say(
        forwards.at,
        `${where} drops what ${this.#who.replace('the host', 'this host')} passes on for others, the lab's packets too, and no table of netlab's can overrule it. To let them through, type:${commands.join('')}`,
        'warning',
      );
    }
  }
}
