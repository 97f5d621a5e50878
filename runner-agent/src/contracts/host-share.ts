/** What the machine gave a virtual board, counted from the board's start. */
export interface HostLoad {
  /** Time on a processor, in µs; the sum over what runs for the board. */
  readonly ranUs: number;
  /** Time for which something of the board was ready to run and no processor was free, in µs; summed likewise. */
  readonly waitedUs: number;
}

/** How a virtual board fares on the machine that it shares with others. */
export interface HostShare {
  /** As of now; undefined while the board has no power, and where the kernel keeps no such account. */
  load(): HostLoad | undefined;
  /**
   * By how many ms the board's clock is behind the host's; negative when it is ahead. Undefined when it keeps the host's
   * time, or cannot tell. Never rejects.
   */
  behindMs(): Promise<number | undefined>;
}
