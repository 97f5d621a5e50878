import { messageOf, within } from '../deadline.js';

/** One undo may take this long, whatever became of the attempt, unless it says otherwise. */
const UNDO_MS = 10_000;

interface Undo {
  readonly what: string;
  readonly ms: number;
  run(): Promise<void>;
}

/** What has to be put back, last done first undone. It has its own deadlines and cannot be cancelled. */
export class UndoStack {
  readonly #undos: Undo[] = [];

  /** Registers the undo of something that is about to be done; it may take `ms`. */
  add(what: string, run: () => Promise<void>, ms = UNDO_MS): void {
    this.#undos.push({ what, run, ms });
  }

  /** Undoes everything, even after one step failed. Answers what could not be undone; empty when all is well. */
  async unwind(): Promise<string[]> {
    const problems: string[] = [];
    for (let undo = this.#undos.pop(); undo; undo = this.#undos.pop()) {
      try {
        await within(undo.ms, undo.what, undo.run());
      } catch (error) {
        problems.push(`${undo.what}: ${messageOf(error)}`);
      }
    }
    return problems;
  }
}
