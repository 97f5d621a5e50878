/** Switches the board's supply. */
export interface PowerSwitch {
  /** Resolves when the board is powered. @throws RunFault with `boardStartFailed`. */
  on(signal: AbortSignal): Promise<void>;
  /** Brings the board to its safe state, whatever happened before. @throws RunFault when it could not. */
  off(): Promise<void>;
}
