import type { CaseVerdict, EventBody } from '@greenrack/farm-protocol';
import { asciiOf, wholeNumber } from '../session/bounded-text.js';
import { Turns } from '../turns.js';
import { shownName } from './case-names.js';
import type { CaseRecord } from './case-record.js';
import { CaseRoster } from './case-roster.js';
import { isRestart } from './reboot-watch.js';
import { parseCaseNumber, parseCountedReason, parseUnityLine } from './unity-text.js';
import type { Leftover } from './verdict-rules.js';

/** Executions of cases that are reported; hostile firmware may send any number. */
const MAX_EXECUTIONS = 10_000;
const ENDED_UNSEEN = 'its end was not seen on the console';

/** Where the cases stand when somebody claims that the run is complete. */
export interface CaseTally {
  readonly cases: readonly CaseRecord[];
  readonly running: CaseRecord | undefined;
  /** Begun, and another one began before they ended. */
  readonly lost: readonly CaseRecord[];
  /** Listed and never begun. */
  readonly unstarted: readonly CaseRecord[];
  /** How many cases were announced and never named. */
  readonly missing: number;
  readonly summary: { passed: number; failed: number } | undefined;
  /** Why the suite failed, in the firmware's words. */
  readonly reason: string | undefined;
  /** The board restarted as planned: the summary need not count what ran before. */
  readonly hasRestarted: boolean;
}

/** Where the tracker's events go. */
export interface CaseOutlet {
  emit(body: EventBody): void;
  note(text: string): void;
  /** A message that cannot be read; it counts for nothing. */
  damaged(key: string, value: string): void;
  /** Time of what happens now, in microseconds. */
  nowUs(): number;
}

/** Follows the `__testcase_…` messages and the text between them, and reports each execution of a case. */
export class CaseTracker {
  #roster = new CaseRoster();
  readonly #started = new Set<CaseRecord>();
  /** Cases without an end, and how long they took. */
  readonly #lost = new Map<CaseRecord, number>();
  #running: CaseRecord | undefined;
  /** utest's number of the case that is about to begin. */
  #number: number | undefined;
  #isListed = false;
  #executions = 0;
  #hasRestarted = false;
  #summary: CaseTally['summary'];
  #reason: string | undefined;
  /** A case that has ended and whose reason may stand in the next line. */
  #unexplained: { one: CaseRecord; durationUs: number } | undefined;

  constructor(private readonly outlet: CaseOutlet) {}

  get tally(): CaseTally {
    const cases = this.#roster.all;
    return {
      cases,
      running: this.#running,
      lost: [...this.#lost.keys()],
      unstarted: cases.filter((one) => !this.#started.has(one)),
      missing: this.#roster.missing,
      summary: this.#summary,
      reason: this.#reason,
      hasRestarted: this.#hasRestarted,
    };
  }

  /** Name of the case that runs. */
  get runningName(): string | undefined {
    return this.#running?.name;
  }

  /** Takes a message; false when it is none about cases. */
  message(key: string, value: string): boolean {
    this.#report();
    if (isRestart(key)) this.#restarted();
    if (!key.startsWith('__testcase_')) return false;
    if (!this.#take(key, value)) this.outlet.damaged(key, value);
    return true;
  }

  /** Takes a console line that may say why the running case failed or was skipped. */
  line(text: string): void {
    this.#number = parseCaseNumber(text) ?? this.#number;
    this.#explain(text);
    const outcome = this.#running && parseUnityLine(text);
    if (outcome?.outcome === 'fail') this.#running?.failed(outcome.failure);
    else if (outcome) this.#running?.skipped(outcome.failure);
  }

  /**
   * Ends what has no end: the running case, those whose end was lost, and those that never began. The last may be many:
   * most of them are ended in turns with the rest of the agent. Nothing else may be told meanwhile.
   */
  async close(open: Leftover): Promise<void> {
    this.#report();
    this.#announceList();
    const { running, unstarted } = this.tally;
    for (const [one, durationUs] of this.#lost) {
      one.abort(open.lost, ENDED_UNSEEN);
      this.#ended(one, durationUs);
    }
    if (running) this.#abort(running, open.running, open.why);
    const turns = new Turns();
    for (const one of unstarted) {
      this.#closeUnstarted(one, open);
      await turns.pass();
    }
  }

  /** The firmware starts over: what it said of cases before does not count. */
  forget(): void {
    this.#report();
    this.#roster = new CaseRoster();
    this.#started.clear();
    this.#lost.clear();
    this.#running = undefined;
    this.#summary = undefined;
    this.#reason = undefined;
    this.#isListed = false;
  }

  #take(key: string, value: string): boolean {
    if (key === '__testcase_start') return this.#begin(shownName(value));
    if (key === '__testcase_finish') return this.#finish(value);
    if (key === '__testcase_summary') return this.#summarise(value);
    if (key === '__testcase_name') return this.#list(shownName(value));
    return key === '__testcase_count' && this.#announce(value);
  }

  #announce(value: string): boolean {
    const count = wholeNumber(asciiOf(value), 6);
    if (count === undefined) return false;
    this.#roster.announce(count);
    return true;
  }

  #list(name: string): boolean {
    this.#roster.list(name);
    if (this.#roster.isComplete) this.#announceList();
    return true;
  }

  #announceList(): void {
    if (this.#isListed || this.#roster.all.length === 0) return;
    this.#isListed = true;
    this.outlet.emit({ type: 'casesListed', names: this.#roster.all.map(({ name }) => name) });
  }

  #restarted(): void {
    this.#hasRestarted = true;
    this.#roster.restart();
  }

  /** A name that is not in a complete list is no case: the message is damaged. */
  #begin(said: string): boolean {
    const name = this.#roster.find(said) ?? (this.#roster.isComplete ? undefined : said);
    if (name === undefined) return false;
    this.#announceList();
    this.#isListed = true;
    const one = this.#roster.begin(name, this.#number, this.#running);
    this.#number = undefined;
    // The same case again without an end: it restarted the board, as it announced, and goes on.
    if (!one || one === this.#running) return true;
    if (this.#running) this.#lost.set(this.#running, this.#running.stop(this.outlet.nowUs()));
    this.#running = undefined;
    this.#started.add(one);
    if (++this.#executions > MAX_EXECUTIONS) this.#overflow();
    else this.#execute(one);
    return true;
  }

  #execute(one: CaseRecord): void {
    this.#running = one;
    one.begin(this.outlet.nowUs());
    this.outlet.emit({ type: 'caseBegin', name: one.name });
  }

  /** `name;passes;failures`, where the name may hold ';' too. */
  #finish(value: string): boolean {
    const fields = value.split(';');
    const failed = wholeNumber(asciiOf(fields.pop() ?? ''), 9);
    const passed = wholeNumber(asciiOf(fields.pop() ?? ''), 9);
    const name = shownName(fields.join(';'));
    if (failed === undefined || passed === undefined || name === '') return false;
    if (!this.#isRunning(name) && !this.#beginUnseen(name)) return false;
    const one = this.#running;
    if (!one) return true;
    one.finish(passed, failed);
    this.#end(one);
    return true;
  }

  #isRunning(said: string): boolean {
    const name = this.#roster.find(said);
    return (
      this.#running !== undefined && name !== undefined && this.#roster.isNamed(this.#running, name)
    );
  }

  /** A case whose begin was lost begins with its end; a strange name while another case runs is that of nobody. */
  #beginUnseen(name: string): boolean {
    if (this.#running && this.#roster.find(name) === undefined) return false;
    return this.#begin(name);
  }

  #summarise(value: string): boolean {
    const [passed, failed] = value.split(';').map((field) => wholeNumber(asciiOf(field), 9));
    if (passed === undefined || failed === undefined) return false;
    this.#summary = { passed, failed };
    return true;
  }

  /** One that the summary counts as passed begins and ends here. */
  #closeUnstarted(one: CaseRecord, open: Leftover): void {
    if (open.unstarted === 'pass') this.#execute(one);
    this.#abort(one, open.unstarted, `never started: ${open.why}`);
  }

  #abort(one: CaseRecord, verdict: CaseVerdict, why: string): void {
    one.abort(verdict, why);
    this.#end(one);
  }

  #end(one: CaseRecord): void {
    if (one === this.#running) this.#running = undefined;
    this.#ended(one, one.stop(this.outlet.nowUs()));
  }

  #ended(one: CaseRecord, durationUs: number): void {
    this.#unexplained = { one, durationUs };
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

  #overflow(): void {
    if (this.#executions === MAX_EXECUTIONS + 1)
      this.outlet.note(`only the first ${MAX_EXECUTIONS} case executions are reported`);
  }
}
