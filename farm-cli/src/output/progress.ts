import { boardLabelOf, meaningOf } from '@greenrack/farm-model';
import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { CliContext, CliStream } from '../cli-context.js';
import type { FollowListener } from '../client/follow-submission.js';
import { hasColours, withColour } from './colours.js';
import { fitted, safeText } from './safe-text.js';
import { duration } from './table.js';
import { durationOf } from './verdict-table.js';

/** Shows how a submission goes on. `stop` leaves the terminal as an ordinary program would. */
export interface Progress extends FollowListener {
  /** Says why nothing has begun. */
  waits(reason: string): void;
  /** Keeps off the terminal while somebody is asked there; what happens meanwhile is told afterwards. */
  hold?(isHeld: boolean): void;
  stop(): void;
}

/** Redrawn in place on a terminal, plain lines otherwise. */
export function progressOn(context: CliContext): Progress {
  const { stderr } = context;
  const finished = new FinishedRuns(hasColours(context, stderr));
  return stderr.isTTY ? new LiveProgress(stderr, finished) : new LineProgress(stderr, finished);
}

/** Of more runs than this only those that did not pass get a line: the table at the end has the rest. */
const MAX_LINES = 30;

/** Tells each finished run once (a run that came back is no news), in columns as wide as what was seen so far. */
class FinishedRuns {
  readonly #seen = new Set<string>();
  readonly #isColoured: boolean;
  #nameWidth = 0;
  #whereWidth = 0;

  constructor(isColoured: boolean) {
    this.#isColoured = isColoured;
  }

  /** Makes room for what will be told of the run. */
  expect(run: RunView): void {
    this.#nameWidth = Math.max(this.#nameWidth, run.name.length);
    this.#whereWidth = Math.max(this.#whereWidth, whereOf(run).length);
  }

  /** Lines about a run that has finished; none when it has not, or was told before. */
  lines(run: RunView, total: number, width = Infinity): string[] {
    if (run.state !== 'finished' || this.#seen.has(run.id)) return [];
    this.#seen.add(run.id);
    if (total > MAX_LINES && run.verdict !== null && meaningOf(run.verdict) === 'good') return [];
    const head = this.#head(run, total);
    const message = safeText(run.verdict === 'pass' ? '' : (run.message.split('\n', 1)[0] ?? ''));
    if (message === '') return [head];
    const whole = `${head}  ${message}`;
    const isShort = head.length + 2 + message.length <= width;
    return isShort ? [whole] : [head, fitted(`${INDENT}${message}`, width)];
  }

  #head(run: RunView, total: number): string {
    const counter = `${this.#counter(total)}  `;
    const head = safeText(`${counter}${this.#columns(run)}`);
    return this.#isColoured ? withColour(head, counter.length) : head;
  }

  #columns(run: RunView): string {
    return [
      (run.verdict ?? '').padEnd(7),
      run.name.padEnd(this.#nameWidth),
      whereOf(run).padEnd(this.#whereWidth),
      duration(durationOf(run)).padStart(5),
    ].join('  ');
  }

  #counter(total: number): string {
    const width = String(total).length;
    return `${String(this.#seen.size).padStart(width)}/${total}`;
  }
}

const INDENT = '      ';

const whereOf = (run: RunView): string =>
  `${run.requirement.target}${run.boardSerial ? ` on ${boardLabelOf(run)}` : ''}`;

class LineProgress implements Progress {
  readonly #out: CliStream;
  readonly #finished: FinishedRuns;
  readonly #eta = new TimeLeft();
  #pending: RunView[] = [];
  #total = 0;
  #tenths = 0;
  #wasDown = false;

  constructor(out: CliStream, finished: FinishedRuns) {
    this.#out = out;
    this.#finished = finished;
  }

  run(view: RunView): void {
    this.#finished.expect(view);
    this.#pending.push(view);
    if (this.#total > 0) this.#flush();
  }

  submission(view: SubmissionView): void {
    this.#total = view.runsTotal;
    this.#eta.heard(view);
    this.#flush();
    this.#sum(view);
  }

  /** Of many runs, a line for each tenth of them. */
  #sum(view: SubmissionView): void {
    const tenths = Math.floor((view.runsFinished / Math.max(1, view.runsTotal)) * 10);
    if (view.runsTotal <= MAX_LINES || tenths <= this.#tenths) return;
    this.#tenths = tenths;
    this.#out.write(`${sumOf(view)}${this.#eta.words(view)}\n`);
  }

  connection(up: boolean): void {
    if (up !== this.#wasDown) return;
    this.#wasDown = !up;
    this.#out.write(up ? 'the farm is back\n' : 'the farm does not answer; waiting for it\n');
  }

  asks(why: string): void {
    this.#out.write(`${safeText(`${why}; asking the farm instead`)}\n`);
  }

  waits(reason: string): void {
    this.#out.write(`${safeText(`waiting: ${reason}`)}\n`);
  }

  stop(): void {
    this.#flush();
  }

  #flush(): void {
    const views = this.#pending;
    this.#pending = [];
    const lines = views.flatMap((view) => this.#finished.lines(view, this.#total));
    for (const line of lines) this.#out.write(`${line}\n`);
  }
}

/** Time between two drawings, in ms: faster is only flicker. */
const DRAW_MS = 50;
const CLEAR_BELOW = '\x1b[J';
const up = (lines: number): string => (lines > 0 ? `\x1b[${lines}A\r` : '\r');

/** A bar, and one line per board that works. Lines of finished runs scroll away above. */
class LiveProgress implements Progress {
  readonly #out: CliStream;
  readonly #finished: FinishedRuns;
  readonly #eta = new TimeLeft();
  readonly #boards = new Map<string, RunView>();
  #submission: SubmissionView | undefined;
  readonly #above: RunView[] = [];
  #drawnLines = 0;
  #isUp = true;
  #isHeld = false;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(out: CliStream, finished: FinishedRuns) {
    this.#out = out;
    this.#finished = finished;
  }

  run(view: RunView): void {
    this.#finished.expect(view);
    for (const [board, run] of this.#boards) if (run.id === view.id) this.#boards.delete(board);
    if (view.state === 'running' && view.boardSerial) this.#boards.set(view.boardSerial, view);
    if (view.state === 'finished') this.#above.push(view);
    if (view.state !== 'queued') this.#waiting = '';
    this.#drawSoon();
  }

  asks(why: string): void {
    this.#draw([]);
    this.#out.write(`${safeText(`${why}; asking the farm instead`)}\n`);
  }

  waits(reason: string): void {
    this.#waiting = reason;
    this.#drawSoon();
  }

  submission(view: SubmissionView): void {
    this.#submission = view;
    this.#eta.heard(view);
    this.#drawSoon();
  }

  connection(isUp: boolean): void {
    this.#isUp = isUp;
    this.#drawSoon();
  }

  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    if (!isHeld) {
      this.#drawSoon();
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#draw([]);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#boards.clear();
    this.#draw([]);
  }

  #drawSoon(): void {
    if (this.#isHeld) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#draw(this.#lines());
    }, DRAW_MS);
  }

  #draw(lines: readonly string[]): void {
    const total = this.#submission?.runsTotal ?? 0;
    const fresh = this.#above.splice(0);
    const above = fresh.flatMap((run) => this.#finished.lines(run, total, this.#width));
    const text = [...above, ...lines].map((line) => `${line}\n`).join('');
    this.#out.write(`${up(this.#drawnLines)}${CLEAR_BELOW}${text}`);
    this.#drawnLines = lines.length;
  }

  #lines(): string[] {
    const boards = [...this.#boards].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = boards.map(([board, run]) => `  ${board}  ${run.name}  ${casesOf(run)}`);
    if (this.#waiting !== '') lines.push(`  waiting: ${this.#waiting}`);
    return [this.#bar(), ...lines].map((line) => fitted(line, this.#width));
  }

  /** A line that wraps would be redrawn in the wrong place. */
  get #width(): number {
    return (this.#out.columns ?? 80) - 1;
  }

  #bar(): string {
    if (!this.#isUp) return 'the farm does not answer; waiting for it';
    if (!this.#submission) return 'waiting for the farm';
    const { runsFinished, runsTotal } = this.#submission;
    const full = Math.round((runsFinished / Math.max(1, runsTotal)) * 30);
    const bar = `[${'#'.repeat(full)}${'.'.repeat(30 - full)}]`;
    return `${bar} ${sumOf(this.#submission)}${this.#eta.words(this.#submission)}`;
  }
}

/** `120/500  118 pass, 2 fail`. */
function sumOf({ runsFinished, runsTotal, verdicts }: SubmissionView): string {
  const counts = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  return `${runsFinished}/${runsTotal}  ${counts.join(', ')}`;
}

/** Fewer ends than this, and the next one says little about the rest. */
const MIN_ENDS = 3;

/** How long the rest will take, if it goes on like what we have seen end. */
class TimeLeft {
  #first: { readonly finished: number; readonly atMs: number } | undefined;
  #nowMs = 0;

  heard({ runsFinished }: SubmissionView): void {
    this.#nowMs = performance.now();
    this.#first ??= { finished: runsFinished, atMs: this.#nowMs };
  }

  words({ runsFinished, runsTotal }: SubmissionView): string {
    const ends = runsFinished - (this.#first?.finished ?? 0);
    const left = runsTotal - runsFinished;
    if (!this.#first || ends < MIN_ENDS || left === 0) return '';
    const eachMs = (this.#nowMs - this.#first.atMs) / ends;
    return `  about ${duration(Math.max(1000, eachMs * left))} left`;
  }
}

const casesOf = (run: RunView): string =>
  run.casesTotal === null ? '' : `case ${run.casesDone}/${run.casesTotal}`;
