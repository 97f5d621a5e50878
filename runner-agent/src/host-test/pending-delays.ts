type SetTimer = (ms: number, fn: () => void) => { cancel(): void };

/** Delays that a host test waits for; all of them can be ended at once. */
export class PendingDelays {
  readonly #pending = new Set<{ timer: { cancel(): void }; reject: (error: Error) => void }>();

  constructor(private readonly setTimer: SetTimer) {}

  /** Resolves after `ms`. */
  wait(ms: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer = this.setTimer(ms, () => {
        this.#pending.delete(entry);
        resolve();
      });
      const entry = { timer, reject };
      this.#pending.add(entry);
    });
  }

  rejectAll(error: Error): void {
    for (const { timer, reject } of this.#pending) {
      timer.cancel();
      reject(error);
    }
    this.#pending.clear();
  }
}
