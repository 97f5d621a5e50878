import type { GreenteaParts } from './greentea-parts.js';

/** What the reader leaves to the session. */
export interface ReaderOwner {
  /** An answer to `__sync`. */
  synced(uuid: string): void;
  /** A message before the test. */
  announced(key: string, value: string): void;
  /** The firmware has restarted, and nobody expected it. */
  rebooted(): void;
}

/** Hands what the console says to whom it concerns, by how far the run has come. */
export class GreenteaReader {
  constructor(
    private readonly parts: GreenteaParts,
    private readonly owner: ReaderOwner,
  ) {}

  message(key: string, value: string, atUs: number): void {
    if (this.parts.echo.message(key, value)) return;
    if (this.parts.side.message(key, value)) return;
    const { stage } = this.parts;
    if (key === '__sync') this.owner.synced(value);
    else if (stage === 'preamble') this.owner.announced(key, value);
    else if (stage === 'main') this.#inTest(key, value, atUs);
  }

  broken(text: string): void {
    if (this.parts.isTesting) this.parts.side.damage.broken(text);
  }

  line(text: string, atUs: number): void {
    if (this.parts.echo.line(text)) return;
    if (!this.parts.side.line(text)) this.#readLine(text, atUs);
  }

  /** From here on only the evidence counts: the reset of a retry would cut it off. */
  followCrash(): void {
    if (this.parts.side.crash.isCertain) this.parts.handshake.stop();
    this.parts.scanner.wantAllLines = true;
  }

  /** It was no crash: the test goes on where it was. */
  goOn(lines: readonly string[]): void {
    this.parts.readLinesAsWanted();
    for (const line of lines) this.#readLine(line, this.parts.outlet.nowUs());
  }

  #readLine(text: string, atUs: number): void {
    const { restarts, stage } = this.parts;
    if (this.parts.isTesting) this.#lineInTest(text, atUs);
    else if (stage === 'timedOut' && restarts.watch.line(text)) this.owner.rebooted();
  }

  #lineInTest(text: string, atUs: number): void {
    const { handshake, restarts, cases } = this.parts;
    if (!handshake.mayRestart && restarts.watch.line(text)) {
      this.owner.rebooted();
      return;
    }
    cases.line(text);
    this.parts.seat?.line(text, atUs);
  }

  #inTest(key: string, value: string, atUs: number): void {
    if (this.parts.restarts.watch.message(key)) this.owner.rebooted();
    else if (!this.parts.cases.message(key, value)) this.#testMessage(key, value, atUs);
  }

  #testMessage(key: string, value: string, atUs: number): void {
    const { side, budget, outlet, cases } = this.parts;
    if (side.coverage.message(key, value) || budget.message(key, value)) return;
    outlet.metrics(key, value, cases.runningName);
    this.parts.seat?.message(key, value, atUs);
  }
}
