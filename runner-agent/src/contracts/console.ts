import type { Crash, EndReason } from '@greenrack/farm-protocol';

/** Why a console ended although nobody closed it. */
export interface ConsoleLoss {
  readonly reason: Extract<EndReason, 'consoleLost' | 'emulatorExited' | 'crashBlock'>;
  /** What happened, and what the operator can do. */
  readonly message: string;
  /** Present with `crashBlock`: the processor stopped in a way that only the firmware can be blamed for. */
  readonly crash?: Crash;
}

export interface ConsoleListener {
  /** Bytes in wire order, cut anywhere. The array is the listener's to keep. */
  data(bytes: Uint8Array): void;
  /** The firmware has started anew by itself, says the board; for boards that tell. */
  restarted?(): void;
  /** Called at most once, and never after `close` was called. */
  lost(loss: ConsoleLoss): void;
}

/** The board's serial console. */
export interface Console {
  /**
   * Opens the port. Nothing that the board prints after this has resolved is missed.
   * @param baudRate - until it is closed, for ports that have a speed of their own to change
   * @throws RunFault when the port cannot be opened.
   */
  open(listener: ConsoleListener, signal: AbortSignal, baudRate?: number): Promise<void>;
  /** Resolves when the port took the bytes. @throws RunFault when the port is lost or not open. */
  write(bytes: Uint8Array): Promise<void>;
  /**
   * Resolves when what the port held from before this call has reached the listener, as far as the port can tell.
   * @throws RunFault when the port is lost or not open.
   */
  settle?(signal: AbortSignal): Promise<void>;
  /** Closes the port if it is open. @throws RunFault when it cannot be closed in time. */
  close(): Promise<void>;
}
