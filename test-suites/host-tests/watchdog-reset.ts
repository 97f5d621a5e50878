import type {
  HostTest,
  HostTestContext,
  HostTestMessage,
  HostTestSession,
} from '@greenrack/farm-protocol';
import { TestFailure } from './conversation.js';
import { finishOnEnd } from './end-verdict.js';
import { hex, pair, toHex } from './numbers.js';
import { awaitRestart, SYNC_ZERO } from './restart.js';

/** What the board is told of the case that its restart interrupted. */
const NO_DATA = 0xffff_ffff;
const RESTARTED_AS_TOLD = 0xffff_fffe;
const TOO_FEW_BEATS = 0;
/** Silence after which the watchdog must have fired, in ms. */
const SILENCE_MS = 2500;

interface Beats {
  readonly testCase: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly count: number;
}

/** Leads the board over restarts by its watchdog and tells it how long it lived. */
class WatchdogSession implements HostTestSession {
  #next = { testCase: 0, data: NO_DATA };
  #beats: Beats | undefined;

  constructor(private readonly context: HostTestContext) {}

  async onMessage(message: HostTestMessage): Promise<void> {
    try {
      await this.#take(message);
    } catch (error) {
      if (!(error instanceof TestFailure)) throw error;
      this.context.finish('fail', error.message);
    }
  }

  async #take(message: HostTestMessage): Promise<void> {
    const { key, value } = message;
    if (key === 'ready') await this.#startCase();
    else if (key === 'dev_reset') await this.#willReset(value);
    else if (key === 'hb') this.#beat(value);
    else finishOnEnd(this.context, message);
  }

  async #startCase(): Promise<void> {
    const { testCase, data } = this.#next;
    this.#beats = undefined;
    await this.context.send('start_case', `${toHex(testCase, 2)},${toHex(data, 8)}`);
  }

  /** `case,ms`: the board will be restarted by its watchdog within that time. */
  async #willReset(value: string): Promise<void> {
    const [testCase, ms] = pair(value, 'dev_reset');
    this.#next = { testCase: hex(testCase, 'dev_reset'), data: RESTARTED_AS_TOLD };
    await awaitRestart(this.context, SYNC_ZERO, hex(ms, 'dev_reset'));
  }

  /** `case,µs`: the board is still alive, at this time of its own clock. */
  #beat(value: string): void {
    const [caseText, timeText] = pair(value, 'hb');
    const testCase = hex(caseText, 'hb');
    const lastUs = hex(timeText, 'hb');
    const { firstUs = lastUs, count = 0 } = this.#beats ?? {};
    if (count === 0) this.context.expectReset();
    const beats = { testCase, firstUs, lastUs, count: count + 1 };
    this.#beats = beats;
    // Rejects only when the run ends, and then nobody waits for the silence any more.
    this.#afterSilence(beats).catch(() => undefined);
  }

  /** The next beat may come meanwhile, so this is not waited for: only the last beat's wait has an effect. */
  async #afterSilence(beats: Beats): Promise<void> {
    await this.context.delay(SILENCE_MS + this.context.config.resetDelayMs);
    if (this.#beats !== beats) return;
    const { testCase, firstUs, lastUs, count } = beats;
    const livedMs = Math.round((lastUs - firstUs) / 1000);
    this.#next = { testCase, data: count < 2 ? TOO_FEW_BEATS : livedMs };
    await this.context.resync(SYNC_ZERO);
  }
}

/** Suites that let the watchdog bite. */
export const watchdogReset: HostTest = {
  name: 'watchdog_reset',
  comparesClocks: true,
  start: (context) => new WatchdogSession(context),
};
