import type { AttemptVerdict, EndReason, EventBody, HostTest } from '@greenrack/farm-protocol';

/** The board as the session sees it. */
export interface SessionPort {
  /** Resolves when the bytes are handed to the port. */
  write(bytes: Uint8Array): Promise<void>;
  /** Restarts the firmware; resolves when the board runs again. */
  reset(): Promise<void>;
}

export interface Timer {
  cancel(): void;
}

export interface SessionClock {
  /** Microseconds since the attempt began, monotonic. */
  nowUs(): number;
  setTimer(ms: number, fn: () => void): Timer;
}

/** The host tests that an agent has, by the name that firmware asks for. */
export interface HostTestRegistry {
  /** One that is answered may still turn out not to exist when it is started. */
  get(name: string): HostTest | undefined;
  keys(): Iterable<string>;
}

/** How the run on the board ended. */
export interface SessionEnd {
  verdict: AttemptVerdict;
  reason: EndReason;
  message: string;
}

/** Takes an event; `atUs` is when the bytes that caused it arrived. */
export type EmitEvent = (body: EventBody, atUs: number) => void;
