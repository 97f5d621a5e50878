import type { SessionPort, Timer } from '../session/session-types.js';
import { encodeSync } from './outgoing-message.js';
import type { PacedWriter } from './paced-writer.js';
import type { SessionOptions } from './session-options.js';

/** Waits of one start of the board, however many starts came before. */
const MAX_WAITS = 8;
/** Fewer bytes are line noise, or the line ends of echoes. */
const PRINTING_BYTES = 8;

/** What the handshake tells the session, and asks it. */
export interface HandshakeOwner {
  note(text: string): void;
  /** Bytes that the board has printed, without those that its console only returned. */
  printedBytes(): number;
  /** Nothing answered, although every try had its full wait. */
  syncFailed(why: string): void;
  /** The board could not be restarted, or the port does not take bytes. */
  boardFailed(why: string): void;
  writeFailed(why: string): void;
}

/** What an echo of `__sync` means. `again`: the board restarted after our own retry and answers a later try. */
export type Echo = 'accepted' | 'again' | 'ignored';

/**
 * Wakes the board and makes it answer `__sync`. The answer to any uuid of this run counts, for a board that answers late
 * or ignores a reset; a foreign uuid is firmware that was there before, so the board is reset and asked again.
 *
 * A boot loader may take seconds before the firmware listens, and a reset sends it back to its beginning: the n-th start
 * of the board gets n waits, and as many again while the board prints.
 */
export class Handshake {
  readonly #uuids: string[] = [];
  #acceptedTry = -1;
  /** Tries before the last reset. */
  #triesBeforeReset = 0;
  #starts = 1;
  /** Waits since the last start, and whether there are twice as many. */
  #waits = 0;
  #isProlonged = false;
  #printedBefore = 0;
  #foreignEchoes = 0;
  #resetting = false;
  #stopped = false;
  #timer: Timer | undefined;

  constructor(
    private readonly options: Pick<SessionOptions, 'timing' | 'clock' | 'newUuid'>,
    private readonly port: Pick<SessionPort, 'reset'>,
    private readonly writer: PacedWriter,
    private readonly owner: HandshakeOwner,
  ) {}

  /** A reset that we asked for is under way. */
  get isResetting(): boolean {
    return this.#resetting;
  }

  /** The board answered an early try, so the reset before a later one may still show on the console. */
  get mayRestart(): boolean {
    return this.#acceptedTry >= 0 && this.#acceptedTry < this.#triesBeforeReset;
  }

  /** Asks as soon as the board reads its console. */
  start(): void {
    const delayMs = this.options.timing.resetDelayMs ?? 0;
    if (delayMs > 0) this.#timer = this.options.clock.setTimer(delayMs, () => this.#ask());
    else this.#ask();
  }

  #ask(): void {
    const { syncTimeoutMs, keepsInput } = this.options.timing;
    // What waits for the firmware is not said twice: its test would find the second one.
    const bytes = keepsInput && this.#waits > 0 ? 0 : this.#send();
    this.#waits++;
    this.#printedBefore = this.owner.printedBytes();
    const waitMs = syncTimeoutMs + this.writer.paceMs(bytes);
    this.#timer = this.options.clock.setTimer(waitMs, () => this.#unanswered());
  }

  #send(): number {
    const uuid = this.options.newUuid();
    const bytes = encodeSync(uuid);
    this.#uuids.push(uuid);
    this.writer
      .write(bytes)
      .catch((error: Error) => this.#whenWanted(() => this.owner.writeFailed(error.message)));
    return bytes.length;
  }

  /** Asks no more; what is under way has no effect. */
  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  /** Takes the value of a `__sync` message. */
  echo(uuid: string): Echo {
    const index = this.#resetting ? -1 : this.#uuids.indexOf(uuid);
    if (index < 0) {
      if (!this.#stopped && !this.#resetting && this.#uuids.length > 0) this.#foreign(uuid);
      return 'ignored';
    }
    const again = this.#acceptedTry >= 0;
    if (index === this.#acceptedTry || (again && !this.mayRestart)) return 'ignored';
    this.#acceptedTry = Math.max(index, this.#acceptedTry);
    this.stop();
    return again ? 'again' : 'accepted';
  }

  /** The last start keeps its wait: the bytes may be left over from the firmware before the reset. */
  #foreign(uuid: string): void {
    this.#foreignEchoes++;
    if (this.#startsLeft() === 0) return;
    this.owner.note(
      `other firmware answered __sync with ${JSON.stringify(uuid.slice(0, 48))}: resetting the board`,
    );
    this.#retry();
  }

  #startsLeft(): number {
    return this.options.timing.syncTries - this.#starts;
  }

  #unanswered(): void {
    const waits = Math.min(this.#starts, MAX_WAITS) * (this.#isProlonged ? 2 : 1);
    const isPrinting = this.owner.printedBytes() - this.#printedBefore >= PRINTING_BYTES;
    if (this.#waits < waits) this.#ask();
    else if (isPrinting && !this.#isProlonged) this.#waitOn();
    else if (this.#startsLeft() > 0) {
      this.owner.note(`no answer to __sync within ${this.#waitedMs()} ms: resetting the board`);
      this.#retry();
    } else this.owner.syncFailed(this.describe());
  }

  #waitOn(): void {
    this.#isProlonged = true;
    this.owner.note(
      `no answer to __sync within ${this.#waitedMs()} ms, but the board prints: waiting`,
    );
    this.#ask();
  }

  #waitedMs(): number {
    return this.#waits * this.options.timing.syncTimeoutMs;
  }

  /** What was asked and what came, for people. */
  describe(): string {
    const { syncTimeoutMs } = this.options.timing;
    const asked = `${this.#uuids.length} __sync sent in ${this.#starts} of ${this.options.timing.syncTries} starts`;
    if (this.#foreignEchoes > 0)
      return `${asked}, ${this.#foreignEchoes} answered with a foreign uuid: other firmware is running`;
    return `${asked}, none answered; firmware that starts slowly needs a syncTimeoutMs over ${syncTimeoutMs}`;
  }

  #retry(): void {
    this.#timer?.cancel();
    this.#resetting = true;
    this.#triesBeforeReset = this.#uuids.length;
    this.port.reset().then(
      () => this.#whenWanted(() => this.#restarted()),
      (error: Error) =>
        this.#whenWanted(() =>
          this.owner.boardFailed(`the reset before a new __sync failed: ${error.message}`),
        ),
    );
  }

  #restarted(): void {
    this.#resetting = false;
    this.#starts++;
    this.#waits = 0;
    this.#isProlonged = false;
    this.start();
  }

  #whenWanted(action: () => void): void {
    if (!this.#stopped) action();
  }
}
