/** Tells results: each lab as it is known, and the sum at the end. */
import type { LabResult } from '../../model/check.ts';
import { count } from '../../model/text.ts';
import { took } from '../duration.ts';
import type { Output } from '../output.ts';

export interface Manner {
  readonly csv: boolean;
  /** Each lab is a point of a larger report. */
  readonly several: boolean;
}

type Reports = typeof import('../../checks/report/index.ts');

export class Teller {
  readonly labs: LabResult[] = [];
  readonly #output: Output;
  readonly #manner: Manner;
  readonly #started = performance.now();
  readonly #isTap: boolean;
  readonly #reports: Reports;

  private constructor(reports: Reports, output: Output, manner: Manner) {
    this.#reports = reports;
    this.#output = output;
    this.#manner = manner;
    this.#isTap = !output.json && !manner.csv;
  }

  /** Ready to tell; what writes reports is loaded here, and not for the sake of help. */
  static async of(output: Output, manner: Manner): Promise<Teller> {
    return new Teller(await import('../../checks/report/index.ts'), output, manner);
  }

  /** So many labs will be told of, if it is more than the one. */
  begin(labs: number): void {
    if (this.#isTap && this.#manner.several) this.#output.print(`${this.#reports.TAP_VERSION}\n1..${labs}`);
  }

  tell(result: LabResult): void {
    this.labs.push(result);
    if (!this.#isTap) return;
    const { several } = this.#manner;
    this.#output.print(
      several
        ? this.#reports.subtestTap(result, this.labs.length)
        : `${this.#reports.TAP_VERSION}\n${this.#reports.labTap(result)}`,
    );
  }

  /** What stands at the end. */
  end(): void {
    const sum = this.#reports.tally(this.labs);
    const milliseconds = performance.now() - this.#started;
    if (this.#output.json) this.#output.printJson({ ...sum, milliseconds, labs: this.labs });
    else if (this.#manner.csv) this.#output.printRaw(this.#reports.csv(this.labs));
    const { passed, failed, skipped } = sum;
    const skips = skipped === 0 ? '' : `, ${count(skipped, 'lab')} skipped`;
    const text = `${passed} passed, ${failed} failed${skips} (${count(this.labs.length, 'lab')}, ${took(milliseconds)})`;
    const { red, green } = this.#output.notePaint;
    this.#output.note(failed > 0 ? red(text) : green(text));
  }
}
