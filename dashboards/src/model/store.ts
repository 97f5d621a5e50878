/** Holds one immutable state and tells listeners of changes, many changes in one go. */
export class Store<S> {
  #state: S;
  readonly #listeners = new Set<() => void>();
  #pending = false;
  readonly #later: (notify: () => void) => void;

  /** @param later runs its argument soon, once; changes until then are reported together. */
  constructor(state: S, later: (notify: () => void) => void) {
    this.#state = state;
    this.#later = later;
  }

  readonly get = (): S => this.#state;

  /** Replaces the state; the same object means no change. */
  update(change: (state: S) => S): void {
    const next = change(this.#state);
    if (Object.is(next, this.#state)) return;
    this.#state = next;
    if (this.#pending) return;
    this.#pending = true;
    // Taken out first: timers and queueMicrotask refuse to be called as somebody's method.
    const later = this.#later;
    later(() => {
      this.#pending = false;
      for (const listener of this.#listeners) listener();
    });
  }

  /** Returns the undo. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
