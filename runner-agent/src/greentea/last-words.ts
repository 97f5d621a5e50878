import { quoted } from '../session/bounded-text.js';
import type { SessionClock } from '../session/session-types.js';
import type { CaseRecord } from './case-record.js';
import type { GreenteaScanner } from './scanner.js';
import { reasonText } from './verdict-rules.js';

/** A pause that is no silence yet. */
const STILL_PRINTING_MS = 1000;

/** What the console said last, in words, for runs that end without a verdict of their own. */
export class LastWords {
  #bytes = 0;
  #lastByteUs = 0;

  constructor(
    private readonly clock: SessionClock,
    private readonly scanner: GreenteaScanner,
  ) {}

  /** When the console last said something. */
  get lastByteUs(): number {
    return this.#lastByteUs;
  }

  /** Bytes heard so far. */
  get bytes(): number {
    return this.#bytes;
  }

  heard(bytes: number, atUs: number): void {
    this.#bytes += bytes;
    this.#lastByteUs = atUs;
  }

  /** A run whose budget of `ms` is spent. `running`: the case that ran; null before the test began. */
  timeout(ms: number, running: CaseRecord | null | undefined): string {
    const between = running === null ? 'before a host test was announced' : 'between cases';
    const place = running ? whileRan(running) : between;
    return `no verdict within ${ms} ms, ${place}; ${this.#liveliness()}${this.#lastLine()}`;
  }

  /** A board that prints to the last moment is no dead one: it waits for something, or goes round in circles. */
  #liveliness(): string {
    if (this.#bytes === 0) return 'it printed nothing';
    const quietMs = Math.max(0, this.clock.nowUs() - this.#lastByteUs) / 1000;
    const quiet = `${(quietMs / 1000).toFixed(1)} s`;
    return quietMs < STILL_PRINTING_MS
      ? `still printing ${quiet} before the deadline`
      : `silent for ${quiet}`;
  }

  /** A board that did not answer. */
  unanswered(why: string): string {
    return `${why}; ${this.#bytes} bytes received${this.#lastLine()}`;
  }

  #lastLine(): string {
    const [last] = this.scanner.tailLines(1);
    return last === undefined ? '' : `; last line: ${quoted(last)}`;
  }
}

/** A failed assertion may be why the case does not come to its end. */
function whileRan({ name, complaint }: CaseRecord): string {
  const said = complaint ? `, which had printed ${quoted(reasonText(complaint))}` : '';
  return `while the case ${quoted(name)} ran${said}`;
}
