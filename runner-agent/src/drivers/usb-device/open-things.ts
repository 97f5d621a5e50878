import { messageOf } from '../../deadline.js';

export interface Closable {
  close(): Promise<void>;
}

interface OpenThing {
  readonly path: string;
  readonly opening: Promise<Closable>;
}

/** What is open, or about to be: one of each kind. */
export class OpenThings {
  readonly #byKind = new Map<string, OpenThing>();

  /** Remembers it from before it is open, so that an end in between leaves nothing open. */
  add(kind: string, path: string, opening: Promise<Closable>): void {
    this.#byKind.set(kind, { path, opening });
  }

  async close(kind: string): Promise<void> {
    const one = this.#byKind.get(kind);
    this.#byKind.delete(kind);
    // What could not be opened was told to whoever asked for it.
    const opened = await one?.opening.catch(() => undefined);
    try {
      await opened?.close();
    } catch (error) {
      throw new Error(`${kind} ${one?.path}: ${messageOf(error)}`, { cause: error });
    }
  }

  /** @throws Error with all that could not be closed */
  async closeAll(): Promise<void> {
    const kinds = [...this.#byKind.keys()];
    const ends = await Promise.allSettled(kinds.map((kind) => this.close(kind)));
    const problems = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    if (problems.length > 0) throw new Error(problems.map(messageOf).join('; '));
  }
}
