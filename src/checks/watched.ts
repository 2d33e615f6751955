/** Packets that are looked for while other checks are tried. */
import { NetlabError } from '../errors.ts';
import type { Check, CheckResult, Claim } from '../model/check.ts';
import { diagnose } from './diagnosis.ts';
import { impossible, undecided, unfit } from './kind.ts';
import { openSniffer, whatWasSeen } from './kinds/pcap.ts';
import { resultOf } from './result.ts';
import type { Sniffer } from './sniffer.ts';
import type { Subject } from './subject.ts';

/** What has been sent by then is on its way for so long. */
const GRACE_MS = 50;

/** A check of the kind `pcap` with `during`: begun by the first of those checks, decided after the last. */
export class Watched implements Disposable {
  readonly check: Check;
  readonly #claim: Claim<'pcap'>;
  readonly #subject: Subject;
  #sniffer: Sniffer | undefined;
  #failure: string | undefined;
  #began: number | undefined;

  constructor(check: Check, claim: Claim<'pcap'>, subject: Subject) {
    this.check = check;
    this.#claim = claim;
    this.#subject = subject;
  }

  /** Whether that check is one of those while which it watches. */
  concerns({ name }: Check): boolean {
    return this.#claim.during.includes(name);
  }

  /** One of them begins. */
  begin(): void {
    this.#began ??= performance.now();
    if (this.#sniffer !== undefined || this.check.broken !== undefined) return;
    try {
      this.#sniffer = openSniffer(this.#claim, this.#subject);
    } catch (error) {
      if (!(error instanceof NetlabError)) throw error;
      this.#failure = error.message;
    }
  }

  /** All of them are done. */
  async end(): Promise<CheckResult> {
    await new Promise((resolve) => setTimeout(resolve, GRACE_MS));
    const { expect, broken } = this.check;
    const seen =
      broken !== undefined
        ? undecided(unfit(broken))
        : this.#sniffer === undefined
          ? impossible(this.#failure ?? 'nothing was tried meanwhile')
          : whatWasSeen(this.#claim, this.#sniffer);
    const passed = seen.impossible !== true && seen.holds === (expect === 'pass');
    const diagnosis = passed ? [] : diagnose(this.#subject, [this.#claim.on]);
    return resultOf(this.check, { passed, saw: seen.saw, tries: 1 }, this.#began ?? performance.now(), diagnosis);
  }

  [Symbol.dispose](): void {
    this.#sniffer?.[Symbol.dispose]();
  }
}
