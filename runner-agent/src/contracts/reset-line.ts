/** Restarts the firmware. */
export interface ResetLine {
  /**
   * Resolves when the firmware runs from its start.
   * @param begins - called as late as the board allows, before the firmware runs: what the console says before is no
   *   evidence of the new start
   * @throws RunFault with `boardStartFailed`
   */
  reset(signal: AbortSignal, begins?: () => void): Promise<void>;
}
