import type { EventBody, Phase } from '@greenrack/farm-protocol';
import { RunFault } from '../contracts/run-fault.js';
import { clip, DeadlineError, messageOf, unlessAborted, within } from '../deadline.js';

const MAX_DETAIL = 2000;

/** Brackets work with the begin and end events of its phase. */
export class AttemptPhases {
  readonly #emit: (body: EventBody) => void;

  constructor(emit: (body: EventBody) => void) {
    this.#emit = emit;
  }

  /** Runs one phase. It ends as failed when the work throws; `detailOf` may call a result a failure too. */
  async run<T>(
    phase: Phase,
    work: () => Promise<T>,
    detailOf: (result: T) => string | undefined = () => undefined,
  ): Promise<T> {
    this.#emit({ type: 'phaseBegin', phase });
    try {
      const result = await work();
      this.#end(phase, detailOf(result));
      return result;
    } catch (error) {
      this.#end(phase, messageOf(error));
      throw error;
    }
  }

  #end(phase: Phase, problem: string | undefined): void {
    if (problem === undefined) this.#emit({ type: 'phaseEnd', phase, ok: true });
    else this.#emit({ type: 'phaseEnd', phase, ok: false, detail: clip(problem, MAX_DETAIL) });
  }
}

/** Longest start, erase, flash or reset of a board. */
export const BOARD_STEP_MS = 60_000;

/** Bounds a step of a phase: it ends with the signal or, as `fault` says, when its time is over. */
export async function step<T>(
  signal: AbortSignal,
  fault: { readonly reason: RunFault['reason']; readonly what: string; readonly ms: number },
  work: Promise<T>,
): Promise<T> {
  try {
    return await unlessAborted(signal, within(fault.ms, fault.what, work));
  } catch (error) {
    if (error instanceof DeadlineError) throw new RunFault(fault.reason, error.message, error);
    throw error;
  }
}
