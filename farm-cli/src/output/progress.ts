import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { CliContext, CliStream } from '../cli-context.js';
import type { FollowListener } from '../client/follow-submission.js';
import { fitted, safeText } from './safe-text.js';
import { duration } from './table.js';
import { durationOf } from './verdict-table.js';

/** Shows how a submission goes on. `stop` leaves the terminal as an ordinary program would. */
export interface Progress extends FollowListener {
  stop(): void;
}

/** Redrawn in place on a terminal, plain lines otherwise. */
export function progressOn(context: CliContext): Progress {
  return context.stderr.isTTY ? new LiveProgress(context.stderr) : new LineProgress(context.stderr);
}

/** `12/26  pass   noisy  FVP_MPS2_M3 on virt-m3-01, 0.4 s  message` */
function finishedLine(run: RunView, counter: string): string {
  const where = `${run.requirement.target}${run.boardSerial ? ` on ${run.boardSerial}` : ''}`;
  const time = durationOf(run) === null ? '' : `, ${duration(durationOf(run))}`;
  const message = run.verdict === 'pass' ? '' : `  ${run.message.split('\n', 1)[0]}`;
  return safeText(`${counter}  ${run.verdict?.padEnd(7)}  ${run.name}  ${where}${time}${message}`);
}

/** Tells each finished run once: a run that came back is no news. */
class FinishedRuns {
  readonly #seen = new Set<string>();

  isNew(run: RunView): boolean {
    if (run.state !== 'finished' || this.#seen.has(run.id)) return false;
    this.#seen.add(run.id);
    return true;
  }

  counter(total: number): string {
    const width = String(total).length;
    return `${String(this.#seen.size).padStart(width)}/${total}`;
  }
}

class LineProgress implements Progress {
  readonly #out: CliStream;
  readonly #finished = new FinishedRuns();
  readonly #all = new Set<string>();
  #pending: RunView[] = [];
  #total = 0;
  #wasDown = false;

  constructor(out: CliStream) {
    this.#out = out;
  }

  run(view: RunView): void {
    this.#all.add(view.id);
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

  stop(): void {
    this.#flush();
  }

  #flush(): void {
    const views = this.#pending;
    this.#pending = [];
    for (const view of views) {
      if (!this.#finished.isNew(view)) continue;
      this.#out.write(`${finishedLine(view, this.#finished.counter(this.#total))}\n`);
    }
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
  #timer: NodeJS.Timeout | undefined;

  constructor(out: CliStream) {
    this.#out = out;
  }

  run(view: RunView): void {
    for (const [board, run] of this.#boards) if (run.id === view.id) this.#boards.delete(board);
    if (view.state === 'running' && view.boardSerial) this.#boards.set(view.boardSerial, view);
    if (view.state === 'finished') this.#above.push(view);
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
    const above = fresh.flatMap((run) =>
      this.#finished.isNew(run) ? [finishedLine(run, this.#finished.counter(total))] : [],
    );
    const text = [...above, ...lines].map((line) => `${line}\n`).join('');
    this.#out.write(`${up(this.#drawnLines)}${CLEAR_BELOW}${text}`);
    this.#drawnLines = lines.length;
  }

  #lines(): string[] {
    const width = (this.#out.columns ?? 80) - 1;
    const boards = [...this.#boards].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = boards.map(([board, run]) => `  ${board}  ${run.name}  ${casesOf(run)}`);
    return [this.#bar(), ...lines].map((line) => fitted(line, width));
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
