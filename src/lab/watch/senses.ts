/** All by which a watch learns where something may have changed. */
import { HOST } from '../../model/host.ts';
import type { Resource } from '../../model/resource.ts';
import type { Host } from '../host.ts';
import type { Session } from '../session.ts';
import { Hearing } from './hearing.ts';
import { Insides } from './insides.ts';
import { LimitFiles } from './limits.ts';
import { everything, type Part } from './look.ts';
import { Names } from './names.ts';
import { type Left, Owners } from './owners.ts';
import { Settings } from './settings.ts';

/** What is told. */
export interface Told {
  /** Something may have changed there. */
  onPart(part: Partial<Part>): void;
  /** Something may have changed anywhere. */
  onAll(): void;
  /** What a node has joined is no more where it was. */
  onLeft(left: Left): void;
  /** Events were lost. */
  onOverrun(): void;
}

/** How many ticks pass between two looks at the nodes' files, which tell nobody when they are written. */
const FILES_EVERY = 40;

export class Senses implements Disposable {
  readonly #told: Told;
  readonly #hearing: Hearing;
  readonly #names: Names;
  readonly #settings = new Settings();
  readonly #insides = new Insides();
  readonly #limits: LimitFiles;
  readonly #owners = new Owners();
  #hasFiles = false;
  #ticks = 0;

  constructor(lab: string, told: Told) {
    this.#told = told;
    this.#limits = new LimitFiles(lab);
    const onNode = (node: string): void => told.onPart({ network: new Set([node]) });
    this.#hearing = new Hearing({ onNode, onOverrun: () => told.onOverrun() });
    this.#names = new Names(lab, { onNode, onFolder: () => told.onAll() });
  }

  /** The lab is now as `wanted` has it. */
  follow({ namespaces, keeper }: Session, host: Host | undefined, wanted: readonly Resource[]): void {
    this.#hearing.listenTo(namespaces, wanted);
    const descriptors = new Map(keeper.list().namespaces.map(({ name, fd }) => [name, fd]));
    this.#settings.renew(wanted, (node) => {
      const fd = descriptors.get(node);
      return node === HOST ? host?.path : fd === undefined ? undefined : `/proc/${keeper.pid}/fd/${fd}`;
    });
    this.#insides.renew(keeper.pid, wanted);
    this.#limits.renew(wanted);
    this.#owners.renew(wanted);
    this.#hasFiles = everything(wanted).files;
  }

  /** Looks at what nobody tells of. */
  tick(): void {
    const altered = this.#settings.turn();
    if (altered.length > 0) this.#told.onPart({ network: new Set(altered) });
    const within = new Set(this.#insides.turn());
    if (within.size > 0) this.#told.onPart({ network: within, processes: within, files: this.#hasFiles });
    const bounded = new Set(this.#limits.turn());
    if (bounded.size > 0) this.#told.onPart({ network: bounded, processes: bounded });
    for (const left of this.#owners.turn()) this.#told.onLeft(left);
    this.#names.poll();
    if (++this.#ticks % FILES_EVERY === 0 && this.#hasFiles) this.#told.onPart({ files: true });
  }

  [Symbol.dispose](): void {
    this.#hearing[Symbol.dispose]();
    this.#names[Symbol.dispose]();
  }
}
