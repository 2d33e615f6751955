import { defaultMac } from '../model/mac.ts';
import { type Link, lowerOf, type Resource } from '../model/resource.ts';
import { deviceOf } from '../resource/link/devices.ts';
import { inherited } from './inherited.ts';

const DEFAULT_MTU = 1500;

/**
 * Fills in what the file leaves open and netlab or the kernel decides: the MAC and the MTU of every link, and what devices take over from
 * the settings named `default`. So a property that is taken out of the
 * file goes back to what a fresh lab has.
 */
export function complete(lab: string, resources: readonly Resource[]): Resource[] {
  const links = new Links(lab, resources);
  const whole = resources.map((resource) => {
    if (resource.kind !== 'link' || resource.type === 'loopback' || resource.type === 'other') return resource;
    const mac = links.mac(resource);
    return {
      ...resource,
      mtu: links.mtu(resource),
      ...(mac === undefined ? {} : { mac }),
      ...(resource.type === 'bridge'
        ? { bridge: { stp: false, vlanFiltering: false, mcastSnooping: true, ...resource.bridge } }
        : {}),
    };
  });
  const given = inherited(whole);
  return given.length === 0 ? whole : [...whole, ...given];
}

/** The links of a lab, and what each takes over from those that it stands on or belongs to. */
class Links {
  readonly #lab: string;
  readonly #links = new Map<string, Link>();

  constructor(lab: string, resources: readonly Resource[]) {
    this.#lab = lab;
    for (const resource of resources) {
      if (resource.kind === 'link') this.#links.set(`${resource.node}:${resource.name}`, resource);
    }
  }

  mtu(link: Link): number {
    const bond = this.#bond(link);
    if (bond !== undefined) return this.mtu(bond);
    if (link.mtu !== undefined) return link.mtu;
    // The kernel gives a bridge the smallest MTU of its ports; a bond gives its members its own.
    if (link.type === 'bridge') return smallest(this.#ports(link).map((port) => this.mtu(port)));
    if (link.type === 'bond') return smallest(this.#ports(link).map((port) => port.mtu ?? DEFAULT_MTU));
    const lower = this.#lower(link);
    const below = lower === undefined ? DEFAULT_MTU : this.mtu(lower);
    return deviceOf(link.type)?.mtu?.(link, below) ?? below;
  }

  /** Undefined: whatever the kernel gives it is right. */
  mac(link: Link): string | undefined {
    const bond = this.#bond(link);
    if (bond !== undefined) {
      // These two give their members addresses as they see fit.
      return bond.bond?.mode === 'balance-tlb' || bond.bond?.mode === 'balance-alb' ? undefined : this.mac(bond);
    }
    const kept = link.macvlan?.mode === 'passthru' ? 'lower' : deviceOf(link.type)?.mac;
    if (kept === 'none') return undefined;
    if (link.mac !== undefined) return link.mac;
    const lower = kept === 'lower' ? this.#lower(link) : undefined;
    return lower === undefined ? defaultMac(this.#lab, link.node, link.name) : this.mac(lower);
  }

  /** The bond of which a link is a member. */
  #bond({ node, master }: Link): Link | undefined {
    const link = master === undefined ? undefined : this.#links.get(`${node}:${master}`);
    return link?.type === 'bond' ? link : undefined;
  }

  #lower(link: Link): Link | undefined {
    const lower = lowerOf(link);
    return lower === undefined ? undefined : this.#links.get(`${link.node}:${lower}`);
  }

  #ports({ node, name }: Link): Link[] {
    return [...this.#links.values()].filter((port) => port.node === node && port.master === name);
  }
}

function smallest(mtus: readonly number[]): number {
  return mtus.length === 0 ? DEFAULT_MTU : Math.min(...mtus);
}
