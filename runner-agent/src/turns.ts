import { setImmediate } from 'node:timers/promises';

/** Longest that work of many small parts may keep the boards waiting, in ms. */
const TURN_MS = 8;

/** Work of many small parts, done in turns with the rest of the agent. */
export class Turns {
  #beganMs = performance.now();

  /** Between two parts: lets the others have their turn once this one has lasted long enough. */
  async pass(): Promise<void> {
    if (performance.now() - this.#beganMs < TURN_MS) return;
    await setImmediate();
    this.#beganMs = performance.now();
  }
}
