import type { RenewRequest } from '@greenrack/farm-protocol';

export interface LeaseRenewalOptions {
  /** The leases to keep, as they are now. */
  leases(): RenewRequest['leases'];
  /** Resolves to the leases that are lost. */
  renew(request: RenewRequest): Promise<readonly string[]>;
  lost(leaseIds: readonly string[]): void;
  /** The controller did not answer. */
  failed(error: unknown): void;
}

/** Renews every lease of the agent at half its time to live, in one message. */
export class LeaseRenewal {
  readonly #options: LeaseRenewalOptions;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: LeaseRenewalOptions) {
    this.#options = options;
  }

  /** Renews from now on; the first time after half of `ttlMs`. */
  start(ttlMs: number): void {
    this.stop();
    this.#timer = setInterval(() => this.#renewAll(), Math.max(1, ttlMs / 2));
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #renewAll(): void {
    const leases = this.#options.leases();
    if (leases.length === 0) return;
    this.#options.renew({ leases }).then(
      (lost) => {
        if (lost.length > 0) this.#options.lost(lost);
      },
      (error: unknown) => this.#options.failed(error),
    );
  }
}
