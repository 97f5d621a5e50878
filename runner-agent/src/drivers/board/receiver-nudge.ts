/** After a write QEMU is asked something at these times: firmware takes milliseconds to start, on a busy machine seconds. */
const AFTER_MS = [20, 40, 80, 160, 320, 640, 1280];

/**
 * QEMU stops reading its pty while the guest's receiver is off, and its UART (CMSDK, QEMU 7.2) does not tell it when the
 * receiver is switched on: what was written before waits until something else wakes QEMU's main loop, which firmware
 * that polls its UART never does. Any question over QMP does.
 */
export class ReceiverNudge {
  readonly #ask: () => Promise<unknown>;
  #timer: NodeJS.Timeout | undefined;
  #step = 0;

  /** @param ask - wakes the emulator; its failure is told elsewhere, by the emulator's exit */
  constructor(ask: () => Promise<unknown>) {
    this.#ask = ask;
  }

  /** Bytes were written that the guest may not be ready for. Writes in quick succession put nothing off. */
  wrote(): void {
    this.#step = 0;
    if (!this.#timer) this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #arm(): void {
    const ms = AFTER_MS[this.#step++];
    this.#timer = ms === undefined ? undefined : setTimeout(() => this.#wake(), ms);
  }

  #wake(): void {
    this.#arm();
    this.#ask().catch(() => undefined);
  }
}
