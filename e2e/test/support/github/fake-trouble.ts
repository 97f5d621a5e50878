import type { ApiAnswer } from './answers.js';

/** A call as trouble may look at it. */
export interface TroubledCall {
  readonly operation: string;
  /** Counted from 1 since the server began. */
  readonly number: number;
}
type Applies = (call: TroubledCall) => boolean;
/** What goes wrong; undefined when nothing does. `lost`: it is done, and nobody is told. */
export type Fault = { readonly answer: ApiAnswer } | 'refused' | 'lost' | undefined;

const MINUTE_MS = 60_000;
/** Requests that make content, in any minute. */
export const WRITES_PER_MINUTE = 80;

/** What can go wrong with the service, one knob each. */
export class FakeTrouble {
  /** Nobody answers. */
  down = false;
  /** Requests left of the hour; they count down once it is set. */
  remaining: number | undefined;
  /** When the primary limit begins anew. */
  resetMs = 0;
  /** Called before a call is done, and awaited: it may hold the call back, or end somebody. */
  before: ((call: TroubledCall) => Promise<void> | void) | undefined;
  /** Called when a call is done and nobody has been told yet. */
  after: ((call: TroubledCall) => Promise<void> | void) | undefined;
  /** The most writes of one minute so far. */
  mostWrites = 0;
  #once: { applies: Applies; fault: Fault }[] = [];
  #writesMs: number[] = [];

  /** The next call that `applies` meets this instead of an answer. */
  next(fault: Exclude<Fault, undefined>, applies: Applies = () => true): void {
    this.#once.push({ applies, fault });
  }

  faultOf(call: TroubledCall, isWrite: boolean, nowMs: number): Fault {
    if (this.down) return 'refused';
    const planned = this.#once.find(({ applies }) => applies(call));
    if (planned) {
      this.#once = this.#once.filter((each) => each !== planned);
      return planned.fault;
    }
    return this.#overPrimary(nowMs) ?? (isWrite ? this.#overWrites(nowMs) : undefined);
  }

  #overPrimary(nowMs: number): Fault {
    if (this.remaining === undefined) return undefined;
    if (nowMs >= this.resetMs) this.remaining = 5_000;
    this.remaining -= 1;
    if (this.remaining >= 0) return undefined;
    const reset = String(Math.ceil(this.resetMs / 1000));
    const headers = { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': reset };
    return { answer: { status: 403, headers, body: { message: 'API rate limit exceeded' } } };
  }

  #overWrites(nowMs: number): Fault {
    this.#writesMs = [...this.#writesMs.filter((ms) => ms > nowMs - MINUTE_MS), nowMs];
    this.mostWrites = Math.max(this.mostWrites, this.#writesMs.length);
    return this.#writesMs.length > WRITES_PER_MINUTE ? { answer: secondaryLimit(60) } : undefined;
  }
}

/** The answer to who writes too fast. */
export function secondaryLimit(retryAfterS: number): ApiAnswer {
  const message = 'You have exceeded a secondary rate limit. Please wait a few minutes.';
  return { status: 403, headers: { 'retry-after': String(retryAfterS) }, body: { message } };
}
