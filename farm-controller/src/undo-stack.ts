/** What is to be closed, last opened first. */
export class UndoStack {
  readonly #steps: { what: string; undo: () => Promise<void> | void }[] = [];
  #done: Promise<void> | undefined;

  push(what: string, undo: () => Promise<void> | void): void {
    this.#steps.push({ what, undo });
  }

  /** Runs every step even when some fail; rejects with all failures. Later calls get the result of the first. */
  run(): Promise<void> {
    this.#done ??= this.#run();
    return this.#done;
  }

  async #run(): Promise<void> {
    const failures: unknown[] = [];
    for (const { what, undo } of this.#steps.reverse()) {
      try {
        await undo();
      } catch (cause) {
        failures.push(new Error(`${what} not closed`, { cause }));
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, 'not everything was closed');
  }
}
