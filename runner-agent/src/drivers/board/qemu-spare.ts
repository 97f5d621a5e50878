import type { QemuEmulator } from './qemu-emulator.js';

/** A board that gets no further run within this time gives its spare back: an idle farm runs no emulators. */
const IDLE_MS = 15_000;

/**
 * The next attempt's emulator, started ahead: process and pty are there, the machine is not built, no image is loaded
 * and no instruction was executed. Starting the process is most of what a short test costs.
 */
export class QemuSpare {
  readonly #start: () => Promise<QemuEmulator>;
  #spare: Promise<QemuEmulator | undefined> | undefined;
  #idle: NodeJS.Timeout | undefined;

  constructor(start: () => Promise<QemuEmulator>) {
    this.#start = start;
  }

  /** Begins to start a spare unless there is one. */
  refill(): void {
    if (this.#spare) return;
    // One that does not start is no spare; whoever starts the next in earnest reports why.
    this.#spare = this.#start().catch(() => undefined);
    this.#idle = setTimeout(() => this.#giveBack(), IDLE_MS);
  }

  /** The spare, if there is one and it lives: it is the caller's now. */
  async take(): Promise<QemuEmulator | undefined> {
    const spare = await this.#release();
    return spare?.isAlive ? spare : undefined;
  }

  /** Ends the spare. @throws RunFault when it does not go. */
  async discard(): Promise<void> {
    const spare = await this.#release();
    await spare?.kill();
  }

  #giveBack(): void {
    const spare = this.#spare;
    this.discard().catch(() => {
      // It does not go: kept, so that whoever takes or discards it next meets the same and can report it.
      this.#spare ??= spare;
    });
  }

  #release(): Promise<QemuEmulator | undefined> {
    clearTimeout(this.#idle);
    const spare = this.#spare ?? Promise.resolve(undefined);
    this.#spare = undefined;
    return spare;
  }
}
