import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  HostTestSession,
} from '@greenrack/farm-protocol';
import { finishOnEnd } from './end-verdict.js';

const PERIOD_US = 1_000_000;
const TOLERANCE = 0.1;

/** Measures the time between ticks by when their bytes arrived. */
class WaitUsSession implements HostTestSession {
  #lastUs: number | undefined;
  #gaps = 0;
  #wrong: string | undefined;

  constructor(private readonly context: HostTestContext) {}

  onMessage(message: HostTestMessage): void {
    if (message.key === 'tick') this.#tick(message);
    else if (message.key === 'exit') this.#exit();
    else finishOnEnd(this.context, message);
  }

  #tick({ value, atUs }: HostTestMessage): void {
    const gapUs = this.#lastUs === undefined ? PERIOD_US : atUs - this.#lastUs;
    if (this.#lastUs !== undefined) this.#gaps++;
    this.#lastUs = atUs;
    if (Math.abs(gapUs - PERIOD_US) > PERIOD_US * TOLERANCE)
      this.#wrong ??= `tick ${value.slice(0, 20)} came ${(gapUs / 1e6).toFixed(3)} s after the one before, expected 1 s ± 10 %`;
  }

  #exit(): void {
    if (this.#wrong !== undefined) this.context.finish('fail', this.#wrong);
    else if (this.#gaps === 0) this.context.finish('fail', 'fewer than two ticks arrived');
    else this.context.finish('pass', `${this.#gaps} intervals of 1 s ± 10 %`);
  }
}

/** The board ticks once a second by its own wait function. */
export const waitUsAuto: HostTest = {
  name: 'wait_us_auto',
  comparesClocks: true,
  start: (context) => new WaitUsSession(context),
};
