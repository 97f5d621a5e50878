/** Restarts the firmware. */
export interface ResetLine {
  /** Resolves when the firmware runs from its start. @throws RunFault with `boardStartFailed`. */
  reset(signal: AbortSignal): Promise<void>;
}
