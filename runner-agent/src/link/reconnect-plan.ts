const FIRST_MS = 50;
const MAX_MS = 1000;

/** Decides which controller to try next, and after how long. */
export class ReconnectPlan {
  readonly #urls: readonly string[];
  #index = 0;
  #pauseMs = 0;

  /** @param urls - at least one, in order of preference */
  constructor(urls: readonly string[]) {
    this.#urls = urls;
  }

  get url(): string {
    return this.#urls[this.#index] ?? '';
  }

  /** The connection works: if it breaks, the same controller is tried first, and at once. */
  succeeded(): void {
    this.#pauseMs = 0;
  }

  /** The connection failed or broke. Answers how long to wait before the next try, in ms. */
  failed(random: number): number {
    const pauseMs = this.#pauseMs;
    if (pauseMs > 0) this.#index = (this.#index + 1) % this.#urls.length;
    this.#pauseMs = Math.min(MAX_MS, Math.max(FIRST_MS, pauseMs * 2));
    // Agents of a rack that lost the same controller must not come back in step.
    return pauseMs * (0.5 + random / 2);
  }
}
