import type { SessionClock, Timer } from '../../../src/session/session-types.js';

/** Time that moves only when the test says so. */
export class ManualClock implements SessionClock {
  #us = 0;
  #timers: { dueUs: number; fn: () => void }[] = [];

  nowUs(): number {
    return this.#us;
  }

  /** Timers that are set and neither fired nor cancelled. */
  get pending(): number {
    return this.#timers.length;
  }

  setTimer(ms: number, fn: () => void): Timer {
    const timer = { dueUs: this.#us + ms * 1000, fn };
    this.#timers.push(timer);
    return { cancel: () => this.#remove(timer) };
  }

  /** Moves time on, firing timers in their order, with promises settled between them. */
  async advance(ms: number): Promise<void> {
    const untilUs = this.#us + ms * 1000;
    await settled();
    for (let next = this.#nextDue(untilUs); next; next = this.#nextDue(untilUs)) {
      this.#us = Math.max(this.#us, next.dueUs);
      this.#remove(next);
      next.fn();
      await settled();
    }
    this.#us = untilUs;
  }

  /** Moves time on without firing anything, as a process does that was not scheduled. */
  sleepThrough(ms: number): void {
    this.#us += ms * 1000;
  }

  #nextDue(untilUs: number): { dueUs: number; fn: () => void } | undefined {
    const due = this.#timers.filter((timer) => timer.dueUs <= untilUs);
    return due.sort((a, b) => a.dueUs - b.dueUs)[0];
  }

  #remove(timer: { dueUs: number; fn: () => void }): void {
    this.#timers = this.#timers.filter((other) => other !== timer);
  }
}

/** Lets every promise reaction that is ready run. */
export function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
