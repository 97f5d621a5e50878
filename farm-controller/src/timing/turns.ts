import { setImmediate } from 'node:timers/promises';

/** Longest that work of many small parts may keep everybody else waiting, in ms. */
const TURN_MS = 8;

/** Work of many small parts, done in turns with the rest of the process. */
export class Turns {
  #beganMs = performance.now();
  readonly #signal: AbortSignal | undefined;

  /** @param signal - ends the work when it aborts */
  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  /**
   * Between two parts: lets the others have their turn once this one has lasted long enough.
   * @throws what the signal aborts with
   */
  async pass(): Promise<void> {
    if (performance.now() - this.#beganMs < TURN_MS) return;
    await setImmediate();
    this.#signal?.throwIfAborted();
    this.#beganMs = performance.now();
  }
}

/** What `steps` returns at its end, however many steps that takes. */
export async function inTurns<T>(steps: Generator<unknown, T>): Promise<T> {
  const turns = new Turns();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    await turns.pass();
  }
}
