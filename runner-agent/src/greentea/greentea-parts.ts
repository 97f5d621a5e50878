import type { Crash } from '@greenrack/farm-protocol';
import { EventOutlet } from '../session/event-outlet.js';
import type { EmitEvent, SessionPort } from '../session/session-types.js';
import { CaseTracker } from './case-tracker.js';
import { EchoWatch } from './echo-watch.js';
import { GreenteaBudget } from './greentea-budget.js';
import { GreenteaRestarts } from './greentea-restarts.js';
import { Handshake } from './handshake.js';
import type { HostTestSeat } from './host-test-seat.js';
import { LastWords } from './last-words.js';
import { PacedWriter } from './paced-writer.js';
import { REBOOT_NEEDLES } from './reboot-watch.js';
import { Resync } from './resync.js';
import { GreenteaScanner, type TokenHandler } from './scanner.js';
import type { SessionOptions } from './session-options.js';
import { SIDE_NEEDLES, SideWatch } from './side-watch.js';
import { UNITY_NEEDLES } from './unity-text.js';

const NEEDLES = [...SIDE_NEEDLES, ...UNITY_NEEDLES, ...REBOOT_NEEDLES];

/** How far a run has come. */
export type Stage = 'new' | 'syncing' | 'preamble' | 'main' | 'timedOut' | 'ended';

/** What the parts of a session tell it. */
export interface PartsOwner extends TokenHandler {
  onBroken(text: string): void;
  budgetSpent(): void;
  syncFailed(why: string): void;
  boardFailed(why: string): void;
  writeFailed(why: string): void;
  crashed(crash: Crash): void;
  crashedAsPlanned(crash: Crash): void;
  crashBegins(): void;
  noCrash(lines: readonly string[]): void;
}

/** What one run is made of, wired to each other; they decide nothing about it. */
export class GreenteaParts {
  stage: Stage = 'new';
  seat: HostTestSeat | undefined;
  readonly echo = new EchoWatch();
  readonly restarts: GreenteaRestarts;
  readonly outlet: EventOutlet;
  readonly scanner: GreenteaScanner;
  readonly lastWords: LastWords;
  readonly cases: CaseTracker;
  readonly side: SideWatch;
  readonly budget: GreenteaBudget;
  readonly writer: PacedWriter;
  readonly resync: Resync;
  readonly handshake: Handshake;

  constructor(
    readonly options: SessionOptions,
    readonly port: SessionPort,
    emit: EmitEvent,
    owner: PartsOwner,
  ) {
    const { clock, timing } = options;
    this.restarts = new GreenteaRestarts(clock);
    this.outlet = new EventOutlet(emit, clock);
    this.cases = this.#newCases();
    this.budget = this.#newBudget(owner);
    this.writer = new PacedWriter(port, clock, timing.writePaceUsPerByte);
    this.scanner = new GreenteaScanner(owner, NEEDLES);
    this.lastWords = new LastWords(clock, this.scanner);
    this.side = this.#newSideWatch(owner);
    this.resync = new Resync(clock, this.writer, timing, (why) => owner.syncFailed(why));
    this.handshake = this.#newHandshake(owner);
  }

  /** The firmware has answered, and its time is not over. */
  get isTesting(): boolean {
    return this.stage === 'preamble' || this.stage === 'main';
  }

  /** From now on lines are read for the host test only, if it wants them. */
  readLinesAsWanted(): void {
    this.scanner.wantAllLines = this.seat?.wantsLines ?? false;
  }

  /** Reads, asks and waits for nothing any more. */
  close(): void {
    this.scanner.stop();
    this.handshake.stop();
    this.budget.cancel();
    this.resync.stop();
    this.restarts.cancel();
  }

  #newCases(): CaseTracker {
    return new CaseTracker({
      emit: (body) => this.outlet.emit(body),
      note: (text) => this.outlet.note(text),
      damaged: (key, value) => this.side.damage.unreadable(key, value),
      nowUs: () => this.outlet.nowUs(),
    });
  }

  #newBudget(owner: PartsOwner): GreenteaBudget {
    return new GreenteaBudget(this.options, {
      spent: () => owner.budgetSpent(),
      note: (text) => this.outlet.note(text),
      damaged: (key, value) => this.side.damage.unreadable(key, value),
    });
  }

  #newSideWatch(owner: PartsOwner): SideWatch {
    return new SideWatch(this.options.clock, {
      note: (text) => this.outlet.note(text),
      crashed: (crash) => owner.crashed(crash),
      crashedAsPlanned: (crash) => owner.crashedAsPlanned(crash),
      crashBegins: () => owner.crashBegins(),
      noCrash: (lines) => owner.noCrash(lines),
      lastByteUs: () => this.lastWords.lastByteUs,
    });
  }

  #newHandshake(owner: PartsOwner): Handshake {
    return new Handshake(this.options, this.port, this.writer, {
      note: (text) => this.outlet.note(text),
      printedBytes: () => this.lastWords.bytes - this.echo.bytes,
      syncFailed: (why) => owner.syncFailed(why),
      boardFailed: (why) => owner.boardFailed(why),
      writeFailed: (why) => owner.writeFailed(why),
    });
  }
}
