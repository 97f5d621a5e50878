import type { EndReason } from '@greenrack/farm-protocol';

/** Something around the firmware did not work: the attempt ends as `infra` for this reason. */
export class RunFault extends Error {
  override readonly name = 'RunFault';
  readonly reason: EndReason;

  /** @param message - what failed, where, and what to do next */
  constructor(reason: EndReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.reason = reason;
  }
}
