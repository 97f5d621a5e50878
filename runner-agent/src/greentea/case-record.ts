import type { CaseVerdict, Failure } from '@greenrack/farm-protocol';

/** Most failures that one case keeps. */
const MAX_FAILURES = 50;
const LEFT_OUT: Failure = { message: 'left out by the firmware: 0 passed, 0 failed' };

/** What is known of one test case; a case may run several times. */
export class CaseRecord {
  verdict: CaseVerdict | undefined;
  failures: Failure[] = [];
  #skips: Failure[] = [];
  #text: Failure[] = [];
  #maxFailed = 0;
  #startUs: number | undefined;
  #isUnexplained = false;

  constructor(readonly name: string) {}

  get isRunning(): boolean {
    return this.#startUs !== undefined;
  }

  /** The first failure that it has printed since it began. */
  get complaint(): Failure | undefined {
    return this.#text[0];
  }

  begin(atUs: number): void {
    this.#startUs = atUs;
    this.#text = [];
    this.#skips = [];
    this.#isUnexplained = false;
  }

  failed(failure: Failure): void {
    if (this.#text.length < MAX_FAILURES) this.#text.push(failure);
  }

  skipped(reason: Failure): void {
    if (this.#skips.length < MAX_FAILURES) this.#skips.push(reason);
  }

  /**
   * The firmware's counts decide; the text says why. Of several executions the worst counts: one that failed is not
   * made good by the next. A case of which nothing passed and nothing failed was left out by its set-up handler.
   */
  finish(passed: number, failed: number): void {
    if (failed > 0) this.#keepFailures(failed);
    else if (passed === 0 && this.#skips.length === 0) this.#skips = [this.#text[0] ?? LEFT_OUT];
    if (this.#maxFailed > 0) this.verdict = 'fail';
    else if (this.#skips.length > 0 && this.verdict !== 'pass') this.#skip();
    else this.#pass();
  }

  /** It failed and printed no reason: utest may still name one in its next line. */
  get isUnexplained(): boolean {
    return this.#isUnexplained;
  }

  /** Names the reason of the failure that has none. */
  explain(reason: string): void {
    this.failures = [...this.failures.slice(0, -1), { message: reason }];
    this.#isUnexplained = false;
  }

  /** The run ended while the case ran, or before it began. */
  abort(verdict: CaseVerdict, why: string): void {
    if (this.verdict !== 'fail') this.verdict = verdict;
    if (verdict !== 'pass')
      this.failures = [...this.failures, ...this.#text, { message: why }].slice(-MAX_FAILURES);
  }

  /** Microseconds since the case began; it is not running any more after. */
  stop(atUs: number): number {
    const durationUs = Math.max(0, Math.round(atUs - (this.#startUs ?? atUs)));
    this.#startUs = undefined;
    return durationUs;
  }

  #keepFailures(failed: number): void {
    this.#maxFailed = Math.max(this.#maxFailed, failed);
    const silent = { message: `the firmware counted ${failed} failures and printed no reason` };
    this.#isUnexplained = this.#text.length === 0 && this.failures.length < MAX_FAILURES;
    const reasons = this.#text.length > 0 ? this.#text : [silent];
    this.failures = [...this.failures, ...reasons].slice(0, MAX_FAILURES);
  }

  #skip(): void {
    this.verdict = 'skipped';
    this.failures = this.#skips;
  }

  #pass(): void {
    this.verdict = 'pass';
    this.failures = [];
  }
}
