import type {
  HostInstruments,
  HostTestConfig,
  HostTestContext,
  HostTestSession,
  Metric,
} from '@greenrack/farm-protocol';
import { createHostTests } from '../../host-tests/index.js';
import { PlayedCable } from './played-cable.js';
import { PlayedUsb } from './played-usb.js';
import { PlayedWifi } from './played-wifi.js';

/** Characters that a board's tokenizer takes; see the protocol notes of the agent. */
const SENDABLE = /^[^{};|[\]~`\u0080-\uffff]+$/;

/** How far time goes on between two looks. */
const TICK_MS = 5;

/** Lets every promise reaction that is ready run. */
function settled(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}

/** Of what a test does not bring itself. */
function played(): HostInstruments {
  return {
    ethernet: new PlayedCable(),
    'usb-device': new PlayedUsb(),
    'wifi-station': new PlayedWifi(),
  };
}

/**
 * The far end of a host test: what it sends and does is recorded in order, messages are played by hand. Time moves
 * only when the test says so.
 */
export class HostTestBench {
  readonly sent: [string, string][] = [];
  /** Everything done to the board: `key;value`, `<reset>`, `<sync value>`, `<expects reset>`, `<expects crash>`. */
  readonly wire: string[] = [];
  readonly finished: { verdict: 'pass' | 'fail'; message: string }[] = [];
  readonly notes: string[] = [];
  readonly metrics: Metric[] = [];
  /** The time that the firmware announced, counted from the start. */
  budgetMs = 240_000;
  readonly #session: HostTestSession;
  readonly #instruments: HostInstruments;
  #nowUs = 0;
  #timers: { dueUs: number; fn: () => void }[] = [];
  #handling: Promise<void> = Promise.resolve();

  constructor(
    name: string,
    private readonly config: HostTestConfig = { target: 'FVP_MPS2_M3', resetDelayMs: 0 },
    instruments: Partial<HostInstruments> = {},
  ) {
    const test = createHostTests().get(name);
    if (!test) throw new Error(`no host test ${name}`);
    this.#instruments = { ...played(), ...instruments };
    this.#session = test.start(this.#context());
  }

  get verdict(): string | undefined {
    return this.finished[0]?.verdict;
  }

  get message(): string | undefined {
    return this.finished[0]?.message;
  }

  /** Plays a message that arrives now; resolves when the host test waits for something or is done with it. */
  async say(key: string, value = '0'): Promise<void> {
    const message = { key, value, atUs: this.#nowUs };
    this.#handling = this.#handling.then(() => this.#session.onMessage?.(message));
    await settled();
  }

  /** Moves time on. */
  async advance(ms: number): Promise<void> {
    const untilUs = this.#nowUs + ms * 1000;
    for (;;) {
      const due = this.#timers.filter(({ dueUs }) => dueUs <= untilUs);
      const next = due.sort((a, b) => a.dueUs - b.dueUs)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#nowUs = next.dueUs;
      next.fn();
      await settled();
    }
    this.#nowUs = untilUs;
    await settled();
  }

  /** Plays a message and lets time go by until the host test has answered it or has given its verdict. */
  async ask(key: string, value = '0'): Promise<[string, string] | undefined> {
    const [answers, verdicts] = [this.sent.length, this.finished.length];
    await this.say(key, value);
    const isOver = { now: false };
    const over = (): void => {
      isOver.now = true;
    };
    this.#handling.then(over, over);
    while (!isOver.now && this.sent.length === answers && this.finished.length === verdicts)
      await this.advance(TICK_MS);
    await this.#handling;
    return this.sent[answers];
  }

  /** Resolves when every message was handled. @throws what a handler threw */
  async handled(): Promise<void> {
    await this.#handling;
  }

  #act(what: string): Promise<void> {
    this.wire.push(what);
    return Promise.resolve();
  }

  #context(): HostTestContext {
    return {
      send: async (key, value) => {
        if (!SENDABLE.test(value)) throw new Error(`cannot send ${value}`);
        this.sent.push([key, value]);
        this.wire.push(`${key};${value}`);
      },
      finish: (verdict, message) => void this.finished.push({ verdict, message }),
      giveUp: (cause) => {
        throw cause;
      },
      note: (text) => void this.notes.push(text),
      metric: (metric) => void this.metrics.push(metric),
      resetBoard: () => this.#act('<reset>'),
      expectReset: () => void this.wire.push('<expects reset>'),
      expectCrash: () => void this.wire.push('<expects crash>'),
      resync: (value) => this.#act(`<sync ${value}>`),
      delay: (ms) =>
        new Promise((resolve) => {
          this.#timers.push({ dueUs: this.#nowUs + ms * 1000, fn: resolve });
        }),
      nowUs: () => this.#nowUs,
      leftMs: () => this.budgetMs - this.#nowUs / 1000,
      config: this.config,
      instruments: this.#instruments,
    };
  }
}
