import type { CaseVerdict, EventBody } from '@greenrack/farm-protocol';
import { bounded, MAX_NAME_CHARS, quoted, wholeNumber } from './bounded-text.js';
import { CaseRecord } from './case-record.js';
import type { Leftover } from './outcome.js';
import { parseCountedReason, parseUnityLine } from './unity-text.js';

/** Cases that a suite may list, and executions of cases that are reported; hostile firmware may send any number. */
const MAX_CASES = 2000;
const MAX_EXECUTIONS = 10_000;

/** Where the cases stand when somebody claims that the run is complete. */
export interface CaseTally {
  readonly cases: readonly CaseRecord[];
  readonly running: CaseRecord | undefined;
  /** Listed and never begun. */
  readonly unstarted: readonly CaseRecord[];
  readonly summary: { passed: number; failed: number } | undefined;
  /** Why the suite failed, in the firmware's words. */
  readonly reason: string | undefined;
}

/** Where the tracker's events go. */
export interface CaseOutlet {
  emit(body: EventBody): void;
  note(text: string): void;
  /** Time of what happens now, in microseconds. */
  nowUs(): number;
}

/** Follows the `__testcase_…` messages and the text between them, and reports each execution of a case. */
export class CaseTracker {
  readonly #cases = new Map<string, CaseRecord>();
  readonly #started = new Set<CaseRecord>();
  #running: CaseRecord | undefined;
  #count: number | undefined;
  #isListed = false;
  #executions = 0;
  #summary: CaseTally['summary'];
  #reason: string | undefined;
  /** A case that has ended and whose reason may stand in the next line. */
  #unexplained: { one: CaseRecord; durationUs: number } | undefined;

  constructor(private readonly outlet: CaseOutlet) {}

  get tally(): CaseTally {
    const cases = [...this.#cases.values()];
    return {
      cases,
      running: this.#running,
      unstarted: cases.filter((one) => !this.#started.has(one)),
      summary: this.#summary,
      reason: this.#reason,
    };
  }

  /** Takes a message; false when it is none about cases. */
  message(key: string, value: string): boolean {
    this.#report();
    if (!key.startsWith('__testcase_')) return false;
    if (key === '__testcase_count') this.#count = wholeNumber(value, 6);
    else if (key === '__testcase_name') this.#list(value);
    else if (key === '__testcase_start') this.#begin(value);
    else if (key === '__testcase_finish') this.#finish(value);
    else if (key === '__testcase_summary') this.#summarise(value);
    return true;
  }

  /** Takes a console line that may say why the running case failed or was skipped. */
  line(text: string): void {
    this.#explain(text);
    const outcome = this.#running && parseUnityLine(text);
    if (outcome?.outcome === 'fail') this.#running?.failed(outcome.failure);
    else if (outcome) this.#running?.skipped(outcome.failure);
  }

  /** Ends what has no end: the running case and those that never began. */
  close(open: Leftover): void {
    this.#report();
    this.#announceList();
    const { running, unstarted } = this.tally;
    if (running) this.#abort(running, open.running, open.why);
    for (const one of unstarted) this.#abort(one, open.unstarted, `never started: ${open.why}`);
  }

  /** The firmware starts over: what it said of cases before does not count. */
  forget(): void {
    this.#report();
    this.#cases.clear();
    this.#started.clear();
    this.#running = undefined;
    this.#summary = undefined;
    this.#reason = undefined;
    this.#isListed = false;
  }

  #list(value: string): void {
    this.#record(bounded(value, MAX_NAME_CHARS));
    if (this.#cases.size === this.#count) this.#announceList();
  }

  #announceList(): void {
    if (this.#isListed || this.#cases.size === 0) return;
    this.#isListed = true;
    this.outlet.emit({ type: 'casesListed', names: [...this.#cases.keys()] });
  }

  #begin(value: string): void {
    this.#announceList();
    this.#isListed = true;
    const one = this.#record(bounded(value, MAX_NAME_CHARS));
    // The same case again without an end: it restarted the board, as it announced, and goes on.
    if (!one || one === this.#running) return;
    if (this.#running) this.#abort(this.#running, 'infra', 'its end was not seen on the console');
    this.#started.add(one);
    if (++this.#executions > MAX_EXECUTIONS) this.#overflow();
    else this.#execute(one);
  }

  #execute(one: CaseRecord): void {
    this.#running = one;
    one.begin(this.outlet.nowUs());
    this.outlet.emit({ type: 'caseBegin', name: one.name });
  }

  /** `name;passes;failures`, where the name may hold ';' too. */
  #finish(value: string): void {
    const fields = value.split(';');
    const failed = wholeNumber(fields.pop(), 9);
    const passed = wholeNumber(fields.pop(), 9);
    const name = bounded(fields.join(';'), MAX_NAME_CHARS);
    if (failed === undefined || passed === undefined || name === '')
      this.outlet.note(`a damaged __testcase_finish was left out: ${quoted(value)}`);
    else this.#finishCase(name, failed);
  }

  /** A case whose begin was lost begins and ends here. */
  #finishCase(name: string, failed: number): void {
    if (this.#running?.name !== name) this.#begin(name);
    const one = this.#running;
    if (one?.name !== name) return;
    one.finish(failed);
    this.#end(one);
  }

  #summarise(value: string): void {
    const [passed, failed] = value.split(';').map((field) => wholeNumber(field, 9));
    if (passed !== undefined && failed !== undefined) this.#summary = { passed, failed };
  }

  #abort(one: CaseRecord, verdict: CaseVerdict, why: string): void {
    one.abort(verdict, why);
    this.#end(one);
  }

  #end(one: CaseRecord): void {
    if (one === this.#running) this.#running = undefined;
    this.#unexplained = { one, durationUs: one.stop(this.outlet.nowUs()) };
    if (!one.isUnexplained) this.#report();
  }

  /** The line may say why the case before it, or the suite, has failed. */
  #explain(text: string): void {
    const reason = parseCountedReason(text);
    if (reason === undefined) return;
    if (this.#unexplained) this.#unexplained.one.explain(reason);
    else if (!this.#running) this.#reason = reason;
    this.#report();
  }

  #report(): void {
    if (!this.#unexplained) return;
    const { one, durationUs } = this.#unexplained;
    this.#unexplained = undefined;
    const { name, verdict = 'infra', failures } = one;
    this.outlet.emit({ type: 'caseEnd', name, verdict, durationUs, failures: [...failures] });
  }

  #record(name: string): CaseRecord | undefined {
    const known = this.#cases.get(name);
    if (known || this.#cases.size >= MAX_CASES) return known;
    const one = new CaseRecord(name);
    this.#cases.set(name, one);
    return one;
  }

  #overflow(): void {
    if (this.#executions === MAX_EXECUTIONS + 1)
      this.outlet.note(`only the first ${MAX_EXECUTIONS} case executions are reported`);
  }
}
