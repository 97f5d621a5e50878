import { listed, quoted } from './bounded-text.js';
import type { CaseRecord } from './case-record.js';
import type { GreenteaScanner } from './scanner.js';
import type { SessionClock } from './session-types.js';
import { reasonText } from './verdict-rules.js';

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
    const quietMs = Math.max(0, Math.round((this.clock.nowUs() - this.#lastByteUs) / 1000));
    return `no verdict within ${ms} ms, ${place}; silent for the last ${quietMs} ms${this.#lastLine()}`;
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

/** A host test that the agent lacks. */
export function unknownHostTest(name: string, known: Iterable<string>): string {
  const has = listed([...known], 20);
  return `the image asks for host test ${quoted(name)}, which this agent lacks; it has ${has}`;
}
