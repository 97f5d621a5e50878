import { type LinePattern, linePattern, patternFault } from '@greenrack/farm-model';
import type { AttemptVerdict, CompareLog, Crash, EndReason } from '@greenrack/farm-protocol';
import { bounded, MAX_MESSAGE_CHARS, quoted } from '../session/bounded-text.js';
import { Budget } from '../session/budget.js';
import { CrashWatch } from '../session/crash-watch.js';
import { EventOutlet } from '../session/event-outlet.js';
import type { EmitEvent, SessionClock, SessionEnd } from '../session/session-types.js';
import { LineJudge, type LineJudgeOptions } from './line-judge.js';

export interface CompareLogOptions {
  readonly compareLog: CompareLog;
  readonly clock: SessionClock;
  /** Time for all lines, in ms. */
  readonly runTimeoutMs: number;
  /** Something is wired to the board that may be loose, or set wrongly: silence is not yet the firmware's fault. */
  readonly isWired: boolean;
  /** Bounds on the work for the lines. */
  readonly judging?: Pick<LineJudgeOptions, 'sliceMs' | 'maxJudgingMs'>;
}

/**
 * One run of an image that speaks no greentea: it passes when its console has shown all expected lines in order, with
 * any others between them. Used like a `GreenteaSession`; nothing is ever sent to the board.
 */
export class CompareLogSession {
  /** Resolves exactly once and never rejects. */
  readonly ended: Promise<SessionEnd>;
  #resolveEnd: (end: SessionEnd) => void = () => undefined;
  #isOver = false;
  #seen = 0;
  #bytes = 0;
  #lastLine = '';
  /** The expected line that is looked for; read when its turn comes, because an expression takes time to read. */
  #wanted: LinePattern | undefined;
  readonly #outlet: EventOutlet;
  readonly #crash: CrashWatch;
  readonly #budget: Budget;
  readonly #judge: LineJudge;

  constructor(
    private readonly options: CompareLogOptions,
    emit: EmitEvent,
  ) {
    const { clock } = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#outlet = new EventOutlet(emit, clock);
    const crashed = (crash: Crash) => this.#crashed(crash);
    this.#crash = new CrashWatch(clock, {
      crashed,
      crashedAsPlanned: crashed,
      noCrash: (lines) => this.#judge.again(lines),
    });
    this.#budget = new Budget(clock, () => this.#judge.afterLines(() => this.#timedOut()));
    this.#judge = new LineJudge({
      ...options.judging,
      onLine: (line, atUs) => this.#onLine(line, atUs),
      onAgain: (line) => this.#onAgain(line),
      onSpent: (limitMs) => this.#tooDear(limitMs),
    });
  }

  /** Call it when the firmware runs and its console is being read. */
  start(): void {
    if (!this.#isOver) this.#budget.set(this.options.runTimeoutMs);
  }

  /** Takes console bytes, cut anywhere. `atUs`: when they arrived, in microseconds since the attempt began. */
  push(bytes: Uint8Array, atUs: number): void {
    if (this.#isOver) return;
    this.#bytes += bytes.length;
    this.#judge.push(bytes, atUs);
  }

  /** The console is gone; more output than the limit is the firmware's doing, everything else infrastructure. */
  portLost(reason: EndReason, message: string): void {
    this.#judge.afterLines(() => this.#lost(reason, message));
  }

  /** Ends the run without a verdict on the code. */
  cancel(why: string): void {
    this.#end('cancelled', 'cancelled', why);
  }

  #lost(reason: EndReason, message: string): void {
    if (this.#crash.hasCrashed) this.#crash.finish();
    // What was no crash after all is compared first.
    this.#judge.afterLines(() => {
      if (reason === 'outputLimit') this.#end('fail', reason, `${message} ${this.#missing()}`);
      else this.#end('infra', reason, message);
    });
  }

  #onLine(line: string, atUs?: number): boolean {
    this.#outlet.arrivedUs = atUs;
    if (line.trim() !== '') this.#lastLine = line;
    if (!this.#crash.line(line)) {
      if (this.#judge.hasAgain) this.#judge.again([line]);
      else this.#compare(line);
    }
    this.#outlet.arrivedUs = undefined;
    return !this.#isOver;
  }

  /** A line that looked like part of a crash, and was none. */
  #onAgain(line: string): boolean {
    this.#compare(line);
    return !this.#isOver;
  }

  /** One line of the console fulfils at most one expected line. */
  #compare(line: string): void {
    const { lines } = this.options.compareLog;
    this.#wanted ??= this.#read(lines[this.#seen] ?? '');
    if (!this.#wanted?.matches(line)) return;
    this.#wanted = undefined;
    this.#seen++;
    const { length } = lines;
    this.#outlet.note(`expected line ${this.#seen} of ${length} came: ${quoted(line)}`);
    if (this.#seen === length)
      this.#end('pass', 'completed', `all ${length} expected lines came, in order`);
  }

  /** The controller reads each expression before it takes a submission; one of another version may see it otherwise. */
  #read(expected: string): LinePattern | undefined {
    const fault = patternFault(expected);
    if (fault === undefined) return linePattern(expected);
    this.#end('infra', 'agentRefused', `${quoted(expected)} in compareLog is ${fault}`);
    return undefined;
  }

  #crashed(crash: Crash): void {
    if (this.#isOver) return;
    this.#outlet.emit({ type: 'crash', crash });
    this.#end('crash', 'crashBlock', crash.message);
  }

  #timedOut(): void {
    if (this.#crash.hasCrashed) this.#crash.finish();
    // The last line of an image that then halts may lack its end.
    else this.#onLine(this.#judge.tail);
    this.#judge.afterLines(() => this.#missed());
  }

  #missed(): void {
    if (this.#bytes === 0) {
      this.#silent();
      return;
    }
    const what = `${this.#missing()} within ${this.#budget.ms} ms${this.#last()}`;
    this.#end('fail', 'timeout', what);
  }

  #silent(): void {
    const what = `nothing was printed within ${this.#budget.ms} ms; ${this.#missing()}`;
    if (this.options.isWired)
      this.#end(
        'infra',
        'syncFailed',
        `${what}; check the board's wiring and that the image is for it`,
      );
    else this.#end('hang', 'timeout', what);
  }

  #tooDear(limitMs: number): void {
    const what = `Looking for the expected lines took ${limitMs} ms of processor time.`;
    const cure = 'Print less, or expect plain text instead of an expression.';
    this.#end('fail', 'outputLimit', `${what} ${cure} ${this.#missing()}`);
  }

  #missing(): string {
    const { lines } = this.options.compareLog;
    return `line ${this.#seen + 1} of ${lines.length} did not come: ${quoted(lines[this.#seen] ?? '')}`;
  }

  #last(): string {
    return this.#lastLine === '' ? '' : `; last line: ${quoted(this.#lastLine)}`;
  }

  #end(verdict: AttemptVerdict, reason: EndReason, message: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#budget.cancel();
    this.#crash.cancel();
    this.#judge.stop();
    this.#resolveEnd({ verdict, reason, message: bounded(message, MAX_MESSAGE_CHARS) });
  }
}
