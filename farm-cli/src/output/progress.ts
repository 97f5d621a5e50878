import { boardLabelOf } from '@greenrack/farm-model';
import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { CliContext, CliStream } from '../cli-context.js';
import type { FollowListener } from '../client/follow-submission.js';
import { fitted, safeText } from './safe-text.js';
import { duration } from './table.js';
import { durationOf } from './verdict-table.js';

/** Shows how a submission goes on. `stop` leaves the terminal as an ordinary program would. */
export interface Progress extends FollowListener {
  /** Says why nothing has begun. */
  waits(reason: string): void;
  stop(): void;
}

/** Redrawn in place on a terminal, plain lines otherwise. */
export function progressOn(context: CliContext): Progress {
  return context.stderr.isTTY ? new LiveProgress(context.stderr) : new LineProgress(context.stderr);
}

/** Tells each finished run once (a run that came back is no news), in columns as wide as what was seen so far. */
class FinishedRuns {
  readonly #seen = new Set<string>();
  #nameWidth = 0;
  #whereWidth = 0;

  /** Makes room for what will be told of the run. */
  expect(run: RunView): void {
    this.#nameWidth = Math.max(this.#nameWidth, run.name.length);
    this.#whereWidth = Math.max(this.#whereWidth, whereOf(run).length);
  }

  /** Lines about a run that has finished; none when it has not, or was told before. */
  lines(run: RunView, total: number, width = Infinity): string[] {
    if (run.state !== 'finished' || this.#seen.has(run.id)) return [];
    this.#seen.add(run.id);
    const head = safeText(`${this.#counter(total)}  ${this.#columns(run)}`);
    const message = safeText(run.verdict === 'pass' ? '' : (run.message.split('\n', 1)[0] ?? ''));
    if (message === '') return [head];
    const whole = `${head}  ${message}`;
    return whole.length <= width ? [whole] : [head, fitted(`${INDENT}${message}`, width)];
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
  readonly #finished = new FinishedRuns();
  #pending: RunView[] = [];
  #total = 0;
  #wasDown = false;

  constructor(out: CliStream) {
    this.#out = out;
  }

  run(view: RunView): void {
    this.#finished.expect(view);
    this.#pending.push(view);
    if (this.#total > 0) this.#flush();
  }

  submission(view: SubmissionView): void {
    this.#total = view.runsTotal;
    this.#flush();
  }

  connection(up: boolean): void {
    if (up !== this.#wasDown) return;
    this.#wasDown = !up;
    this.#out.write(up ? 'the farm is back\n' : 'the farm does not answer; waiting for it\n');
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
  readonly #finished = new FinishedRuns();
  readonly #boards = new Map<string, RunView>();
  #submission: SubmissionView | undefined;
  readonly #above: RunView[] = [];
  #drawnLines = 0;
  #isUp = true;
  #waiting = '';
  #timer: NodeJS.Timeout | undefined;

  constructor(out: CliStream) {
    this.#out = out;
  }

  run(view: RunView): void {
    this.#finished.expect(view);
    for (const [board, run] of this.#boards) if (run.id === view.id) this.#boards.delete(board);
    if (view.state === 'running' && view.boardSerial) this.#boards.set(view.boardSerial, view);
    if (view.state === 'finished') this.#above.push(view);
    if (view.state !== 'queued') this.#waiting = '';
    this.#drawSoon();
  }

  waits(reason: string): void {
    this.#waiting = reason;
    this.#drawSoon();
  }

  submission(view: SubmissionView): void {
    this.#submission = view;
    this.#drawSoon();
  }

  connection(isUp: boolean): void {
    this.#isUp = isUp;
    this.#drawSoon();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#boards.clear();
    this.#draw([]);
  }

  #drawSoon(): void {
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
    const { runsFinished, runsTotal, verdicts } = this.#submission;
    const full = Math.round((runsFinished / Math.max(1, runsTotal)) * 30);
    const counts = Object.entries(verdicts).map(([verdict, count]) => `${count} ${verdict}`);
    return `[${'#'.repeat(full)}${'.'.repeat(30 - full)}] ${runsFinished}/${runsTotal}  ${counts.join(', ')}`;
  }
}

const casesOf = (run: RunView): string =>
  run.casesTotal === null ? '' : `case ${run.casesDone}/${run.casesTotal}`;
