import type {
  EndReason,
  HostInstruments,
  HostTest,
  HostTestConfig,
} from '@greenrack/farm-protocol';
import { HostTestRunner } from '../host-test/host-test-runner.js';
import type { EventOutlet } from '../session/event-outlet.js';
import type { SessionClock, SessionPort } from '../session/session-types.js';
import type { CaseTally } from './case-tracker.js';
import { Decision } from './decision.js';
import type { EchoWatch } from './echo-watch.js';
import { encodeMessage } from './outgoing-message.js';
import type { PacedWriter } from './paced-writer.js';
import type { RebootWatch } from './reboot-watch.js';
import type { Resync } from './resync.js';
import type { Judgement } from './verdict-rules.js';

/** Host tests that leave the verdict to the firmware's `end`. */
const FIRMWARE_DECIDES: ReadonlySet<string> = new Set(['default_auto', 'default']);

/** What the session lends to the host test, and where its outcome goes. */
export interface SeatOwner {
  readonly clock: SessionClock;
  readonly port: SessionPort;
  readonly writer: PacedWriter;
  readonly outlet: EventOutlet;
  readonly reboots: RebootWatch;
  readonly resync: Resync;
  readonly echo: EchoWatch;
  readonly config: HostTestConfig;
  readonly instruments: HostInstruments;
  /** The host test wants the firmware to crash. */
  expectCrash(): void;
  tally(): CaseTally;
  /** What is left of the firmware's time, in ms. */
  leftMs(): number;
  /** The first evidence that messages were damaged. */
  damage(): string | undefined;
  /** A message that cannot be read; it counts for nothing. */
  damaged(key: string, value: string): void;
  decided(judgement: Judgement): void;
  /** The farm's part failed. */
  failed(reason: EndReason, message: string): void;
}

/** The host test's place in a session: it sees the test's messages and lines, and its verdict is weighed here. */
export class HostTestSeat {
  readonly #runner: HostTestRunner;
  readonly #decision: Decision;
  /** It leaves the verdict to the firmware, and never restarts it. */
  readonly firmwareDecides: boolean;
  #resets = 0;
  #isLate = false;

  constructor(
    test: HostTest,
    private readonly owner: SeatOwner,
  ) {
    this.firmwareDecides = FIRMWARE_DECIDES.has(test.name);
    this.#decision = new Decision(owner.clock, owner, this.firmwareDecides, (judgement) =>
      owner.decided(judgement),
    );
    this.#runner = new HostTestRunner(test, {
      send: (key, value) => this.#send(key, value),
      finish: (verdict, message) => this.#decision.claim({ verdict, message }),
      note: (text) => owner.outlet.note(text),
      metric: (metric) => owner.outlet.measured(metric),
      resetBoard: () => this.#resetBoard(),
      expectReset: () => owner.reboots.expect(),
      expectCrash: () => owner.expectCrash(),
      resync: (value) => this.#resync(value),
      config: owner.config,
      instruments: owner.instruments,
      setTimer: (ms, fn) => owner.clock.setTimer(ms, fn),
      nowUs: () => owner.clock.nowUs(),
      leftMs: () => owner.leftMs(),
      failed: (message, reason) => owner.failed(reason, message),
      idle: () => this.#decision.hostTestIsIdle(),
    });
  }

  get wantsLines(): boolean {
    return this.#runner.wantsLines;
  }

  /** The host test has been asked for its last say. */
  get isLate(): boolean {
    return this.#isLate;
  }

  /** The host test has given its verdict. */
  get isClaimed(): boolean {
    return this.#decision.isClaimed;
  }

  /** A reset that the host test asked for is under way. */
  get isResetting(): boolean {
    return this.#resets > 0;
  }

  start(): void {
    this.#runner.start();
  }

  /** Keys that start with `__` are the protocol's own: host tests do not see them. */
  message(key: string, value: string, atUs: number): void {
    if (key === 'end') this.#end(value, atUs);
    else if (key === '__exit') this.#exit();
    else if (!key.startsWith('__')) this.#runner.message({ key, value, atUs });
    if (this.#runner.isIdle) this.#decision.hostTestIsIdle();
  }

  #end(value: string, atUs: number): void {
    const said = this.#decision.firmwareEnds(value);
    if (said === undefined) this.owner.damaged('end', value);
    else this.#runner.message({ key: 'end', value: said, atUs });
  }

  line(text: string, atUs: number): void {
    this.#runner.line(text, atUs);
  }

  /** Decides now with what the host test has said. */
  conclude(): void {
    this.#decision.conclude();
  }

  /** Decides nothing any more. Resolves when the host test has let go of what it holds; never rejects. */
  stop(): Promise<void> {
    this.#decision.cancel();
    return this.#runner.stop();
  }

  /** The firmware's time is over. Resolves when the host test has had its last say. */
  async lastSay(): Promise<void> {
    this.#isLate = true;
    await this.#runner.exit();
  }

  #exit(): void {
    this.#decision.firmwareExits();
    void this.#runner.exit();
  }

  async #send(key: string, value: string): Promise<void> {
    const bytes = encodeMessage(key, value);
    this.owner.echo.sent(key, value);
    try {
      await this.owner.writer.write(bytes);
    } catch (error) {
      this.owner.failed('consoleLost', `writing to the console failed: ${textOf(error)}`);
      throw error;
    }
  }

  async #resync(value: string): Promise<void> {
    this.owner.reboots.expect();
    try {
      await this.owner.resync.run(value);
    } catch (error) {
      this.owner.failed('consoleLost', `writing to the console failed: ${textOf(error)}`);
      throw error;
    }
  }

  async #resetBoard(): Promise<void> {
    this.owner.reboots.expect();
    this.#resets++;
    try {
      await this.owner.port.reset();
    } catch (error) {
      this.owner.failed(
        'boardStartFailed',
        `the reset that the host test asked for failed: ${textOf(error)}`,
      );
      throw error;
    } finally {
      this.#resets--;
    }
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
