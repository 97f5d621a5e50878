/** Runs tasks with the same key one after the other; tasks with different keys do not wait for each other. */
export class SerialTasks {
  readonly #tails = new Map<string, Promise<unknown>>();

  /** Resolves or rejects as the task does; the failure of one does not stop the next. */
  run<T>(key: string, task: () => Promise<T> | T): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const result = before.then(task, task);
    this.#tails.set(key, result);
    const tidy = () => {
      if (this.#tails.get(key) === result) this.#tails.delete(key);
    };
    result.then(tidy, tidy);
    return result;
  }

  /** Resolves when all tasks so far have ended, however they ended. */
  async idle(): Promise<void> {
    await Promise.allSettled(this.#tails.values());
  }
}
