/** Ends of links of a running lab, to be cut and mended. */
import type { LinkChange } from '../model/report.ts';
import type { LinkOptions, LinkVerb } from './links.ts';

/** One end of a link, or several, each as `node:interface`. */
export class LabLink {
  readonly lab: string;
  readonly ends: readonly string[];

  constructor(lab: string, ends: readonly string[]) {
    this.lab = lab;
    this.ends = ends;
  }

  /** Sets it up, and brings back what had gone with it. Like `netlab link up NODE:IF`. Throws LabError, ApplyError. */
  up(options: LinkOptions = {}): Promise<LinkChange[]> {
    return this.#turn('up', options);
  }

  /** Sets it down: the far end of a veth loses its carrier. Like `netlab link down NODE:IF`. Throws LabError, ApplyError. */
  down(options: LinkOptions = {}): Promise<LinkChange[]> {
    return this.#turn('down', options);
  }

  /** Brings it back to what it was before it was first turned. Like `netlab link reset NODE:IF`. Throws LabError, ApplyError. */
  reset(options: LinkOptions = {}): Promise<LinkChange[]> {
    return this.#turn('reset', options);
  }

  async #turn(verb: LinkVerb, options: LinkOptions): Promise<LinkChange[]> {
    const { turnLinks } = await import('./links.ts');
    return turnLinks(this.lab, verb, this.ends, options);
  }
}
