import type { EventBody, HostTest } from '@greenrack/farm-protocol';
import { eventBodySchema } from '@greenrack/farm-protocol';
import { createHostTests } from '@greenrack/test-suites';
import { lendInstruments } from '../../../src/drivers/instruments.js';
import { GreenteaSession } from '../../../src/greentea/greentea-session.js';
import type { SessionOptions, SessionTiming } from '../../../src/greentea/session-options.js';
import type { SessionEnd } from '../../../src/session/session-types.js';
import { ManualClock, settled } from './manual-clock.js';

export const TIMING: SessionTiming = {
  syncTimeoutMs: 1000,
  syncTries: 2,
  startTimeoutMs: 60_000,
  runTimeoutMs: 600_000,
  writePaceUsPerByte: 0,
};

export interface BenchOptions extends Partial<Omit<SessionOptions, 'timing' | 'clock'>> {
  timing?: Partial<SessionTiming>;
  extraHostTests?: readonly HostTest[];
}

/** A session with a console that the test plays by hand: what it writes and resets is recorded in order. */
export class Bench {
  readonly clock = new ManualClock();
  readonly events: EventBody[] = [];
  readonly times: number[] = [];
  /** Texts written, and `<reset>` for each reset. */
  readonly wire: string[] = [];
  readonly session: GreenteaSession;
  end: SessionEnd | undefined;
  /** Answers to resets; replaced by tests whose board does not come back. */
  reset: () => Promise<void> = () => Promise.resolve();
  write: () => Promise<void> = () => Promise.resolve();
  #uuids = 0;

  constructor({ timing, extraHostTests = [], ...options }: BenchOptions = {}) {
    const hostTests = new Map(createHostTests());
    for (const test of extraHostTests) hostTests.set(test.name, test);
    this.session = new GreenteaSession(
      {
        timing: { ...TIMING, ...timing },
        hostTests,
        clock: this.clock,
        newUuid: () => uuid(++this.#uuids),
        isWired: false,
        instruments: lendInstruments([]).instruments,
        ...options,
      },
      { write: (bytes) => this.#write(bytes), reset: () => this.#reset() },
      (body, atUs) => this.#emit(body, atUs),
    );
    this.session.ended.then(
      (end) => {
        this.end = end;
      },
      () => undefined,
    );
  }

  /** Feeds console text; characters up to U+00FF are bytes. */
  say(text: string): void {
    this.session.push(Buffer.from(text, 'latin1'), this.clock.nowUs());
  }

  /** Starts and answers the handshake as a board does. */
  async begin(hostTest = 'default_auto', timeoutS = 10): Promise<void> {
    this.session.start();
    await settled();
    this.say(handshake(1, hostTest, timeoutS));
  }

  types(): string[] {
    return this.events.map((event) => event.type);
  }

  of<T extends EventBody['type']>(type: T): Extract<EventBody, { type: T }>[] {
    return this.events.filter(
      (event): event is Extract<EventBody, { type: T }> => event.type === type,
    );
  }

  /** Every case's last verdict. */
  verdicts(): Record<string, string> {
    return Object.fromEntries(this.of('caseEnd').map(({ name, verdict }) => [name, verdict]));
  }

  /** When its time is over firmware is asked whether it is at its start: it has half a second to say so. */
  async leaveUnanswered(): Promise<void> {
    await this.clock.advance(500);
  }

  async ended(): Promise<SessionEnd> {
    await settled();
    if (!this.end) throw new Error(`the session has not ended; events: ${this.types().join(', ')}`);
    return this.end;
  }

  async #write(bytes: Uint8Array): Promise<void> {
    await this.write();
    this.wire.push(Buffer.from(bytes).toString('latin1'));
  }

  #reset(): Promise<void> {
    this.wire.push('<reset>');
    return this.reset();
  }

  #emit(body: EventBody, atUs: number): void {
    eventBodySchema.parse(body);
    if (!Number.isInteger(atUs) || atUs < (this.times.at(-1) ?? 0))
      throw new Error(`event ${body.type} at ${atUs} goes back in time`);
    this.times.push(atUs);
    this.events.push(body);
  }
}

/** The n-th uuid of a run. */
export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export const BANNER = 'mbedmbedmbedmbedmbedmbedmbedmbed\r\n';

/** What a board sends in answer to the n-th `__sync`. */
export function handshake(n = 1, hostTest = 'default_auto', timeoutS = 10): string {
  return `${BANNER}{{__sync;${uuid(n)}}}\r\n{{__version;1.3.0}}\r\n{{__timeout;${timeoutS}}}\r\n{{__host_test_name;${hostTest}}}\r\n`;
}
