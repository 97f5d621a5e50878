import type { CaseVerdict, Crash, EndReason, HostTest, Verdict } from '@greenrack/farm-protocol';
import { bounded, MAX_MESSAGE_CHARS } from './bounded-text.js';
import { Budget, budgetAsked, type OwnTime } from './budget.js';
import { CaseTracker } from './case-tracker.js';
import { chooseHostTest } from './choose-host-test.js';
import { COVERAGE_KEY } from './coverage-watch.js';
import { crashFromReboot } from './crash-report.js';
import { EchoWatch } from './echo-watch.js';
import { EventOutlet } from './event-outlet.js';
import { Handshake } from './handshake.js';
import { HostTestSeat } from './host-test-seat.js';
import { LastWords } from './last-words.js';
import { encodeSync } from './outgoing-message.js';
import { PacedWriter } from './paced-writer.js';
import { type Announcements, Preamble } from './preamble.js';
import { REBOOT_NEEDLES, RebootWatch } from './reboot-watch.js';
import { Resync } from './resync.js';
import { GreenteaScanner } from './scanner.js';
import type { EmitEvent, SessionEnd, SessionOptions, SessionPort, Timer } from './session-types.js';
import { SIDE_NEEDLES, SideWatch } from './side-watch.js';
import { UNITY_NEEDLES } from './unity-text.js';
import type { Judgement } from './verdict-rules.js';
import { wrongBoard } from './wrong-board.js';

export * from './session-types.js';

const NEEDLES = [...SIDE_NEEDLES, ...UNITY_NEEDLES, ...REBOOT_NEEDLES];
/** What a host test may take for its verdict when the firmware's time is over. */
const LAST_SAY_MS = 2000;
/** What firmware printed before it restarted may be under way when the board tells of the restart. */
const RESTART_GRACE_MS = 250;
/** A boot loader may restart into its firmware once. */
const BOOT_LOOP = 2;
/** Firmware at its start answers within some ten milliseconds. */
const START_PROBE_MS = 500;
/** Lines shown as evidence of a restart. */
const EVIDENCE_LINES = 40;

type Stage = 'new' | 'syncing' | 'preamble' | 'main' | 'timedOut' | 'ended';

/**
 * One run of a Greentea image on a board: handshake, cases, verdict. Bytes come in by `push`, events go out in wire
 * order, and `ended` resolves once with the verdict; after that nothing has an effect.
 */
export class GreenteaSession {
  /** Resolves exactly once, when the host test has let go of what it holds, and never rejects. */
  readonly ended: Promise<SessionEnd>;
  #resolveEnd: (end: SessionEnd) => void = () => undefined;
  #stage: Stage = 'new';
  #seat: HostTestSeat | undefined;
  /** Settled when the host tests of void handshakes have let go. */
  #retired: Promise<unknown> = Promise.resolve();
  #startedUs = 0;
  #lastSay: Timer | undefined;
  #grace: Timer | undefined;
  /** Restarts that the board told of while the handshake went on. */
  #earlyRestarts = 0;
  #preamble = new Preamble();
  #reboots = new RebootWatch();
  readonly #echo = new EchoWatch();
  readonly #outlet: EventOutlet;
  readonly #scanner: GreenteaScanner;
  readonly #lastWords: LastWords;
  readonly #cases: CaseTracker;
  readonly #side: SideWatch;
  readonly #budget: Budget;
  readonly #writer: PacedWriter;
  readonly #resync: Resync;
  readonly #handshake: Handshake;

  constructor(
    private readonly options: SessionOptions,
    private readonly port: SessionPort,
    emit: EmitEvent,
  ) {
    const { clock, timing } = options;
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#outlet = new EventOutlet(emit, clock);
    this.#cases = new CaseTracker({
      emit: (body) => this.#outlet.emit(body),
      note: (text) => this.#outlet.note(text),
      damaged: (key, value) => this.#side.damage.unreadable(key, value),
      nowUs: () => this.#outlet.nowUs(),
    });
    this.#budget = new Budget(clock, () => this.#budgetSpent(), ownTime(options));
    this.#writer = new PacedWriter(port, clock, timing.writePaceUsPerByte);
    this.#scanner = this.#newScanner();
    this.#lastWords = new LastWords(clock, this.#scanner);
    this.#side = this.#newSideWatch();
    this.#resync = new Resync(clock, this.#writer, timing, (why) => this.#syncFailed(why));
    this.#handshake = this.#newHandshake();
  }

  #newScanner(): GreenteaScanner {
    const handler = {
      onMessage: (key: string, value: string, atUs: number) => this.#onMessage(key, value, atUs),
      onLine: (text: string, atUs: number) => this.#onLine(text, atUs),
      onBroken: (text: string) => this.#onBroken(text),
    };
    return new GreenteaScanner(handler, NEEDLES);
  }

  #newSideWatch(): SideWatch {
    return new SideWatch(this.options.clock, {
      note: (text) => this.#outlet.note(text),
      crashed: (crash) => this.#crashed(crash, 'crashBlock'),
      crashedAsPlanned: (crash) => this.#crashedAsPlanned(crash),
      crashBegins: () => this.#followCrash(),
      noCrash: (lines) => this.#goOn(lines),
      lastByteUs: () => this.#lastWords.lastByteUs,
    });
  }

  #newHandshake(): Handshake {
    return new Handshake(this.options, this.port, this.#writer, {
      note: (text) => this.#outlet.note(text),
      printedBytes: () => this.#lastWords.bytes - this.#echo.bytes,
      syncFailed: (why) => this.#syncFailed(why),
      boardFailed: (why) => this.#fail('boardStartFailed', why),
      writeFailed: (why) => this.portLost('consoleLost', `writing to the console failed: ${why}`),
    });
  }

  /** Wakes the board. Call it when the firmware runs and its console is being read. */
  start(): void {
    if (this.#stage !== 'new') return;
    this.#stage = 'syncing';
    this.#startedUs = this.options.clock.nowUs();
    // The handshake has its own waits.
    this.#budget.set(this.options.timing.runTimeoutMs);
    this.#handshake.start();
  }

  /** Takes console bytes, cut anywhere. `atUs`: when they arrived, in microseconds since the attempt began. */
  push(bytes: Uint8Array, atUs: number): void {
    if (this.#stage === 'ended') return;
    this.#lastWords.heard(bytes.length, atUs);
    this.#outlet.arrivedUs = atUs;
    this.#scanner.push(bytes, atUs);
    this.#outlet.arrivedUs = undefined;
  }

  /**
   * The console is gone. A crash whose evidence is being read and a verdict already given win over it. More output than
   * the limit is the firmware's doing and fails the run; everything else is infrastructure.
   */
  portLost(reason: EndReason, message: string): void {
    if (this.#side.crash.endsRun) this.#side.crash.finish();
    else if (this.#seat?.isClaimed) this.#seat.conclude();
    else if (reason === 'outputLimit') this.#end('fail', reason, message);
    else this.#fail(reason, message);
  }

  /** The firmware has started anew by itself, says the board; a host test may know why. */
  restarted(): void {
    if (this.#stage === 'syncing') this.#earlyRestarts++;
    if (this.#stage !== 'preamble' && this.#stage !== 'main') return;
    this.#reboots.restarted();
    this.#grace?.cancel();
    this.#grace = this.options.clock.setTimer(RESTART_GRACE_MS, () => {
      const mayBeExplained = this.#seat?.isClaimed || this.#seat?.firmwareDecides === false;
      if (!mayBeExplained && !this.#side.crash.hasCrashed) this.#rebootedAlone();
    });
  }

  /** Answers whether it has. */
  #rebootedAlone(): boolean {
    if (!this.#reboots.isUnexplained) return false;
    this.#rebooted();
    return true;
  }

  /** Ends the run without a verdict on the code. */
  cancel(why: string): void {
    this.#end('cancelled', 'cancelled', why);
  }

  #onMessage(key: string, value: string, atUs: number): void {
    if (this.#echo.message(key, value)) return;
    if (this.#side.message(key, value)) return;
    if (key === '__sync') this.#synced(value);
    else if (this.#stage === 'preamble') this.#announced(key, value);
    else if (this.#stage === 'main') this.#inTest(key, value, atUs);
  }

  #onBroken(text: string): void {
    if (this.#stage === 'preamble' || this.#stage === 'main') this.#side.damage.broken(text);
  }

  #onLine(text: string, atUs: number): void {
    if (this.#echo.line(text)) return;
    if (!this.#side.line(text)) this.#readLine(text, atUs);
  }

  #readLine(text: string, atUs: number): void {
    if (this.#stage === 'preamble' || this.#stage === 'main') this.#lineInTest(text, atUs);
    else if (this.#stage === 'timedOut' && this.#reboots.line(text)) this.#rebooted();
  }

  #lineInTest(text: string, atUs: number): void {
    if (!this.#handshake.mayRestart && this.#reboots.line(text)) {
      this.#rebooted();
      return;
    }
    this.#cases.line(text);
    this.#seat?.line(text, atUs);
  }

  #inTest(key: string, value: string, atUs: number): void {
    if (this.#reboots.message(key)) this.#rebooted();
    else if (!this.#cases.message(key, value)) this.#testMessage(key, value, atUs);
  }

  #testMessage(key: string, value: string, atUs: number): void {
    if (this.#side.coverage.message(key, value) || this.#rebudget(key, value)) return;
    this.#outlet.metrics(key, value);
    this.#seat?.message(key, value, atUs);
  }

  /** The firmware changes its budget: the whole of it, or by so many seconds. Counted from where it was. */
  #rebudget(key: string, value: string): boolean {
    if (key !== '__timeout_set' && key !== '__timeout_adjust') return false;
    const askedMs = budgetAsked(key, value, this.#budget.ms);
    if (askedMs === undefined) this.#side.damage.unreadable(key, value);
    else {
      this.#budget.change(Math.max(0, Math.min(askedMs, this.options.timing.runTimeoutMs)));
      this.#outlet.note(`${key};${value}: the budget is ${this.#budget.ms} ms in all`);
    }
    return true;
  }

  /** From here on only the evidence counts: the reset of a retry would cut it off. */
  #followCrash(): void {
    if (this.#side.crash.isCertain) this.#handshake.stop();
    this.#scanner.wantAllLines = true;
  }

  /** It was no crash: the test goes on where it was. */
  #goOn(lines: readonly string[]): void {
    this.#scanner.wantAllLines = this.#seat?.wantsLines ?? false;
    for (const line of lines) this.#readLine(line, this.#outlet.nowUs());
  }

  #synced(uuid: string): void {
    if (this.#resync.echo(uuid)) return;
    const echo = this.#handshake.echo(uuid);
    if (echo === 'ignored') return;
    if (echo === 'again') this.#startOver();
    this.#echo.answered(uuid);
    this.#stage = 'preamble';
    this.#setBudget(this.options.timing.startTimeoutMs);
  }

  /** The board had answered before our own reset reached it: what it said until now is void. */
  #startOver(): void {
    this.#outlet.note('the board answered again after a reset of the handshake: starting over');
    this.#retireSeat();
    this.#cases.forget();
    this.#preamble = new Preamble();
    this.#reboots = new RebootWatch();
  }

  #retireSeat(): void {
    this.#lastSay?.cancel();
    this.#retired = Promise.all([this.#retired, this.#seat?.stop()]);
    this.#seat = undefined;
  }

  #announced(key: string, value: string): void {
    const said = this.#preamble.message(key, value);
    if (said.step === 'repeated') this.#rebooted();
    else if (said.step === 'damaged') this.#outlet.note(said.text);
    else if (said.step === 'complete') this.#beginTest(said.announcements);
    else if (said.step === 'budget') this.#setBudget(said.seconds * 1000);
  }

  #beginTest({ clientVersion, hostTest }: Announcements): void {
    const name = this.options.hostTest ?? hostTest;
    const shown = bounded(name, 128);
    this.#outlet.emit({
      type: 'handshake',
      clientVersion,
      timeoutMs: this.#budget.ms,
      hostTest: shown,
    });
    const chosen = chooseHostTest(name, this.options);
    if ('start' in chosen) this.#seatHostTest(chosen);
    else this.#end(chosen.verdict, chosen.reason, chosen.message);
  }

  #seatHostTest(test: HostTest): void {
    this.#stage = 'main';
    this.#seat = new HostTestSeat(test, {
      clock: this.options.clock,
      port: this.port,
      writer: this.#writer,
      outlet: this.#outlet,
      reboots: this.#reboots,
      resync: this.#resync,
      echo: this.#echo,
      config: {
        target: this.options.target ?? 'unknown',
        resetDelayMs: this.options.timing.resetDelayMs ?? 0,
      },
      instruments: this.options.instruments,
      expectCrash: () => this.#side.crash.expect(),
      tally: () => this.#cases.tally,
      leftMs: () => this.#budget.leftMs,
      damage: () => this.#side.damage.evidence,
      damaged: (key, value) => this.#side.damage.unreadable(key, value),
      decided: (judgement) => this.#conclude(judgement),
      failed: (reason, message) => this.#fail(reason, message),
    });
    this.#seat.start();
    this.#scanner.wantAllLines = this.#seat.wantsLines;
  }

  #rebooted(): void {
    this.#crashed(crashFromReboot(this.#scanner.tailLines(EVIDENCE_LINES)), 'rebooted');
  }

  #crashed(crash: Crash, reason: EndReason): void {
    if (this.#stage === 'ended') return;
    this.#outlet.emit({ type: 'crash', crash });
    const wrong = wrongBoard(crash, this.options.target);
    if (wrong !== undefined) this.#fail('imageUnsuitable', wrong);
    else this.#end('crash', reason, crash.message);
  }

  #crashedAsPlanned(crash: Crash): void {
    this.#outlet.note(`the crash that the host test asked for: ${crash.message}`);
    this.#reboots.expect();
    this.#scanner.wantAllLines = this.#seat?.wantsLines ?? false;
  }

  #budgetSpent(): void {
    if (this.#stage === 'ended') return;
    if (this.#side.crash.endsRun) this.#side.crash.finish();
    else if (this.#seat?.isClaimed) this.#seat.conclude();
    else if (this.#handshake.isResetting || this.#seat?.isResetting)
      this.#fail(
        'boardStartFailed',
        `the board did not come back from a reset within ${this.#budget.ms} ms`,
      );
    else if (this.#stage === 'syncing') this.#syncFailed(this.#handshake.describe());
    else if (!this.#isDumping()) this.#askHostTest();
  }

  /** Some firmware never ends by itself: its host test judges by what it has seen when the time is over. */
  #askHostTest(): void {
    const seat = this.#seat;
    if (!seat || this.#stage !== 'main' || seat.isLate) {
      this.#timedOut();
      return;
    }
    this.#lastSay = this.options.clock.setTimer(LAST_SAY_MS, () => {
      if (seat.isClaimed) seat.conclude();
      else this.#fail('hostTestError', `the host test did not answer within ${LAST_SAY_MS} ms`);
    });
    void seat.lastSay().then(() => {
      // The board may have answered the handshake again meanwhile.
      if (seat !== this.#seat) return;
      this.#lastSay?.cancel();
      this.#budgetSpent();
    });
  }

  /** A coverage dump has its own time, within what the run may last at all. */
  #isDumping(): boolean {
    const isReading = this.#scanner.isReading(COVERAGE_KEY);
    return this.#side.coverage.postpone(isReading, this.#leftMs, () => this.#budgetSpent());
  }

  /** Of what the run may last at all. */
  get #leftMs(): number {
    const sinceMs = (this.options.clock.nowUs() - this.#startedUs) / 1000;
    return Math.round(this.options.timing.runTimeoutMs - sinceMs);
  }

  #setBudget(ms: number): void {
    this.#budget.set(Math.max(1, Math.min(ms, this.#leftMs)));
  }

  /** Firmware that restarted without a word waits for the host at its start: asked again, it shows its banner. */
  #timedOut(): void {
    if (this.#rebootedAlone()) return;
    const running = this.#stage === 'main' ? this.#cases.tally.running : null;
    const hang = this.#lastWords.timeout(this.#budget.ms, running);
    this.#stage = 'timedOut';
    const bytes = encodeSync(this.options.newUuid());
    // A port that takes nothing any more leaves the question unanswered.
    this.#writer.write(bytes).catch(() => undefined);
    const waitMs = START_PROBE_MS + this.#writer.paceMs(bytes.length);
    this.#lastSay = this.options.clock.setTimer(waitMs, () => this.#end('hang', 'timeout', hang));
  }

  /** An image that is known to fit the board and stays silent hangs; any other silence may be a wrong image or wiring. */
  #syncFailed(why: string): void {
    if (this.#earlyRestarts >= BOOT_LOOP) {
      this.#rebooted();
      return;
    }
    const seen = this.#lastWords.unanswered(why);
    if (this.options.imageIdentified) this.#end('hang', 'syncFailed', seen);
    else this.#fail('syncFailed', `${seen}; check the board's wiring and that the image is for it`);
  }

  #fail(reason: EndReason, message: string): void {
    this.#end('infra', reason, message);
  }

  #end(verdict: Verdict & CaseVerdict, reason: EndReason, message: string): void {
    this.#conclude({
      end: { verdict, reason, message },
      open: { running: verdict, lost: 'infra', unstarted: 'blocked', why: message },
    });
  }

  #conclude({ end, open }: Judgement): void {
    if (this.#stage === 'ended') return;
    this.#stage = 'ended';
    const stands = this.#side.close(end);
    this.#scanner.stop();
    this.#handshake.stop();
    this.#budget.cancel();
    this.#resync.stop();
    this.#grace?.cancel();
    this.#lastSay?.cancel();
    this.#retireSeat();
    this.#writer.close();
    this.#cases.close(stands === end ? open : { ...open, running: 'infra', why: stands.message });
    const final = { ...stands, message: bounded(stands.message, MAX_MESSAGE_CHARS) };
    void this.#retired.then(() => this.#resolveEnd(final));
  }
}

/** Undefined for a board whose clock is not known to be its own. */
function ownTime({ behindMs, timing }: SessionOptions): OwnTime | undefined {
  return behindMs && { behindMs, limitMs: timing.runTimeoutMs };
}
