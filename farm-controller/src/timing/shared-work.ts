import { SerialTasks } from './serial-tasks.js';

/**
 * Work for which many ask at once: of one key it is done once at a time. Whoever asks while it is under way shares the
 * next with all others that do, so nobody gets an answer that was begun before the question.
 */
export class SharedWork<T> {
  readonly #tasks = new SerialTasks();
  /** Work that has not begun, by key. */
  readonly #waiting = new Map<string, Promise<T>>();

  run(key: string, work: () => Promise<T>): Promise<T> {
    const shared = this.#waiting.get(key);
    if (shared) return shared;
    const result = this.#tasks.run(key, () => {
      this.#waiting.delete(key);
      return work();
    });
    this.#waiting.set(key, result);
    return result;
  }
}
