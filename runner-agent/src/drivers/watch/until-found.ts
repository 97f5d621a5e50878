import { DeadlineError } from '../../deadline.js';

/** Something that tells when it may be worth to look again. */
export interface ChangeSource {
  /** Calls `listener` after every change. Returns how to stop that. */
  subscribe(listener: () => void): () => void;
}

export interface Wait {
  /** Completes "… : nothing within N ms". */
  readonly what: string;
  readonly ms: number;
  readonly signal: AbortSignal;
}

/**
 * Looks now and after every change until `look` finds something.
 * @throws DeadlineError after `wait.ms`; the reason of `wait.signal`; whatever `look` throws
 */
export async function untilFound<T>(
  sources: readonly ChangeSource[],
  look: () => Promise<T | undefined>,
  wait: Wait,
): Promise<T> {
  const bell = new Bell();
  const offs = sources.map((source) => source.subscribe(() => bell.ring()));
  const late = () => bell.break(new DeadlineError(`${wait.what}: nothing within ${wait.ms} ms`));
  const timer = setTimeout(late, wait.ms);
  const stop = (): void => bell.break(wait.signal.reason);
  wait.signal.addEventListener('abort', stop, { once: true });
  try {
    wait.signal.throwIfAborted();
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      await bell.rung();
    }
  } finally {
    clearTimeout(timer);
    wait.signal.removeEventListener('abort', stop);
    for (const off of offs) off();
  }
}

/** Like {@link untilFound}, but undefined when nothing was found in time. */
export async function foundInTime<T>(
  sources: readonly ChangeSource[],
  look: () => Promise<T | undefined>,
  wait: Wait,
): Promise<T | undefined> {
  try {
    return await untilFound(sources, look, wait);
  } catch (error) {
    if (error instanceof DeadlineError) return undefined;
    throw error;
  }
}

/** Remembers a ring that came while nobody listened. */
class Bell {
  #isRung = false;
  #broken: { readonly why: unknown } | undefined;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#isRung = true;
    this.#wake?.();
  }

  break(why: unknown): void {
    this.#broken ??= { why };
    this.#wake?.();
  }

  async rung(): Promise<void> {
    if (!this.#isRung && !this.#broken)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    this.#wake = undefined;
    if (this.#broken) throw this.#broken.why;
    this.#isRung = false;
  }
}
