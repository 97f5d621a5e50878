import type { SessionEnd } from './session-types.js';

/*
 * A DAPLink probe that could not keep up says so in the middle of the bytes: `…{{end;suc<DAPLink:Overflow>`. What it
 * stands in is damaged, and what should have come there is lost.
 */
const MARKER = '<DAPLink:Overflow>';
/** Lines worth reading hold one of these. */
export const LOSS_NEEDLES: readonly string[] = [MARKER];

/** Remembers that the probe lost console bytes, so that nobody is blamed for what could not arrive. */
export class LossWatch {
  #losses = 0;

  /** @param onFirst Called at the first loss. */
  constructor(private readonly onFirst: () => void) {}

  /** Takes a line or the value of a message; true when bytes are missing in it. */
  damages(text: string): boolean {
    if (!text.includes(MARKER)) return false;
    if (++this.#losses === 1) this.onFirst();
    return true;
  }

  /**
   * The verdict that stands in spite of lost bytes: what was counted as failed has failed, and so has what crashed.
   * Silence, a missing end, or a host test that did not like what it got may all come from the loss.
   * @param isProven A failure was counted by the firmware itself.
   */
  judge(end: SessionEnd, isProven: boolean): SessionEnd {
    const isDoubtful = end.verdict === 'hang' || (end.verdict === 'fail' && !isProven);
    if (this.#losses === 0 || !isDoubtful) return end;
    const message = `the probe lost console bytes ${this.#losses} times (${MARKER}), so this proves nothing: ${end.message}`;
    return { verdict: 'infra', reason: 'consoleLost', message };
  }
}
