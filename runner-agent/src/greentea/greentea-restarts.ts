import type { SessionClock, Timer } from '../session/session-types.js';
import { RebootWatch } from './reboot-watch.js';

/** What firmware printed before it restarted may be under way when the board tells of the restart. */
const RESTART_GRACE_MS = 250;
/** A boot loader may restart into its firmware once. */
const BOOT_LOOP = 2;

/** The restarts of one run: those that the board tells of, and those that its console shows. */
export class GreenteaRestarts {
  #watch = new RebootWatch();
  #grace: Timer | undefined;
  #early = 0;

  constructor(private readonly clock: SessionClock) {}

  /** What the console shows of them. */
  get watch(): RebootWatch {
    return this.#watch;
  }

  /** The board told of so many restarts while the handshake went on that its firmware does not get anywhere. */
  get isBootLoop(): boolean {
    return this.#early >= BOOT_LOOP;
  }

  /** The board told of a restart while the handshake went on. */
  early(): void {
    this.#early++;
  }

  /** The board told of one during the test; `weigh` is called when the console has had its say. */
  told(weigh: () => void): void {
    this.#watch.restarted();
    this.cancel();
    this.#grace = this.clock.setTimer(RESTART_GRACE_MS, weigh);
  }

  /** The test begins anew. */
  forget(): void {
    this.#watch = new RebootWatch();
  }

  cancel(): void {
    this.#grace?.cancel();
  }
}
