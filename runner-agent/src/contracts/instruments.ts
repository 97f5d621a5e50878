import type { EthernetCable, HostInstruments } from '@greenrack/farm-protocol';

/** The instruments of one run. Each is opened when it is first used. */
export interface LentInstruments {
  readonly instruments: HostInstruments;
  /** Takes everything back; what a host test still waits for rejects. @throws Error that says what could not be undone */
  release(): Promise<void>;
}

/**
 * @param fixtures - of the board, as its inventory names them
 * @param held - what the board's driver holds of them itself
 */
export type LendInstruments = (
  fixtures: readonly string[],
  held: { readonly cable?: EthernetCable },
) => LentInstruments;
