import { ERROR_CODES } from '@greenrack/farm-protocol';

const FIRST_MS = 100;
const MAX_MS = 15_000;
/** A controller that failed for a reason that it does not know itself is asked this often in a row: about 10 s. */
const MAX_UNEXPLAINED = 8;

/**
 * What a refusal asks for. `again`: the same message may pass later. `reconnect`: the link itself is not accepted any
 * more. `forget`: nobody waits for this attempt. `final`: this message will never pass.
 */
export type RefusalKind = 'again' | 'reconnect' | 'forget' | 'final';

/** Refusals in a row of one kind of message, and how long to wait after the last of them. */
export class Refusals {
  #inARow = 0;

  /** A message has passed. */
  passed(): void {
    this.#inARow = 0;
  }

  /** One more was refused with `code`. Codes of a newer controller are taken for unexplained. */
  judge(code: string): RefusalKind {
    this.#inARow++;
    if (code === 'stale_fence' || code === 'not_found') return 'forget';
    if (code === 'unauthorized') return 'reconnect';
    if (isTransient(code)) return 'again';
    const unexplained = code === 'internal' || !Object.hasOwn(ERROR_CODES, code);
    return unexplained && this.#inARow < MAX_UNEXPLAINED ? 'again' : 'final';
  }

  /** @param random - 0 to 1: the attempts of an agent that were refused together must not come back in step */
  pauseMs(random: number): number {
    return Math.min(MAX_MS, FIRST_MS * 2 ** (this.#inARow - 1)) * (0.5 + random / 2);
  }
}

/** The controller is short of something that it will have again. */
function isTransient(code: string): boolean {
  return ['unavailable', 'storage_full', 'too_many_requests', 'console_incomplete'].includes(code);
}
