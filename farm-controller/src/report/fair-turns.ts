interface Waiting {
  begin(): void;
}

/**
 * Runs one task at a time, and tenants in turn: a tenant that asks for a hundred things gets one of them before the
 * next tenant gets its first.
 */
export class FairTurns {
  readonly #queues = new Map<string, Waiting[]>();
  #isBusy = false;

  /** Resolves or rejects as the task does. A task whose `signal` aborts before its turn is not begun. */
  async run<T>(tenant: string, signal: AbortSignal, task: () => Promise<T>): Promise<T> {
    await this.#turn(tenant);
    try {
      signal.throwIfAborted();
      return await task();
    } finally {
      this.#next();
    }
  }

  #turn(tenant: string): Promise<void> {
    if (!this.#isBusy) {
      this.#isBusy = true;
      return Promise.resolve();
    }
    return new Promise((begin) => {
      const queue = this.#queues.get(tenant);
      if (queue) queue.push({ begin });
      else this.#queues.set(tenant, [{ begin }]);
    });
  }

  /** The tenant that has waited longest for a turn; one with more to do goes to the end of the line. */
  #next(): void {
    const [first] = this.#queues;
    this.#isBusy = first !== undefined;
    if (!first) return;
    const [tenant, queue] = first;
    this.#queues.delete(tenant);
    const task = queue.shift();
    if (queue.length > 0) this.#queues.set(tenant, queue);
    task?.begin();
  }
}
