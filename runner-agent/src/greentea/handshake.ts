import { encodeSync } from './outgoing-message.js';
import type { PacedWriter } from './paced-writer.js';
import type { SessionOptions, SessionPort, Timer } from './session-types.js';

/** What the handshake tells the session. */
export interface HandshakeOwner {
  note(text: string): void;
  /** Nothing answered, although every try had its full wait. */
  syncFailed(why: string): void;
  /** The board could not be restarted, or the port does not take bytes. */
  boardFailed(why: string): void;
  writeFailed(why: string): void;
}

/** What an echo of `__sync` means. `again`: the board restarted after our own retry and answers a later try. */
export type Echo = 'accepted' | 'again' | 'ignored';

/**
 * Wakes the board and makes it answer `__sync`. The echo of any uuid of this run counts, for a board that answers late
 * or ignores a reset; a foreign uuid is firmware that was there before, so the board is reset and asked again.
 */
export class Handshake {
  readonly #uuids: string[] = [];
  #acceptedTry = -1;
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
    return this.#acceptedTry >= 0 && this.#acceptedTry < this.#uuids.length - 1;
  }

  /** Asks as soon as the board reads its console. */
  start(): void {
    const delayMs = this.options.timing.resetDelayMs ?? 0;
    if (delayMs > 0) this.#timer = this.options.clock.setTimer(delayMs, () => this.#ask());
    else this.#ask();
  }

  #ask(): void {
    const uuid = this.options.newUuid();
    const bytes = encodeSync(uuid);
    this.#uuids.push(uuid);
    this.writer
      .write(bytes)
      .catch((error: Error) => this.#whenWanted(() => this.owner.writeFailed(error.message)));
    const waitMs = this.options.timing.syncTimeoutMs + this.writer.paceMs(bytes.length);
    this.#timer = this.options.clock.setTimer(waitMs, () => this.#unanswered());
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
    if (index === this.#acceptedTry) return 'ignored';
    const again = this.#acceptedTry >= 0;
    this.#acceptedTry = Math.max(index, this.#acceptedTry);
    this.stop();
    return again ? 'again' : 'accepted';
  }

  /** The last try keeps its wait: the bytes may be left over from the firmware before the reset. */
  #foreign(uuid: string): void {
    this.#foreignEchoes++;
    if (this.#triesLeft() === 0) return;
    this.owner.note(
      `other firmware answered __sync with ${JSON.stringify(uuid.slice(0, 48))}: resetting the board`,
    );
    this.#retry();
  }

  #triesLeft(): number {
    return this.options.timing.syncTries - this.#uuids.length;
  }

  #unanswered(): void {
    if (this.#triesLeft() > 0) {
      this.owner.note(
        `no answer to __sync within ${this.options.timing.syncTimeoutMs} ms: resetting the board`,
      );
      this.#retry();
      return;
    }
    this.owner.syncFailed(this.describe());
  }

  /** What was asked and what came, for people. */
  describe(): string {
    const asked = `${this.#uuids.length} of ${Math.max(1, this.options.timing.syncTries)} __sync sent`;
    return this.#foreignEchoes > 0
      ? `${asked}, ${this.#foreignEchoes} answered with a foreign uuid: other firmware is running`
      : `${asked}, none answered`;
  }

  #retry(): void {
    this.#timer?.cancel();
    this.#resetting = true;
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
    this.start();
  }

  #whenWanted(action: () => void): void {
    if (!this.#stopped) action();
  }
}
