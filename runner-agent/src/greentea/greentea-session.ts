import type { CaseVerdict, Crash, EndReason, Verdict } from '@greenrack/farm-protocol';
import { bounded, MAX_MESSAGE_CHARS } from '../session/bounded-text.js';
import { crashFromReboot } from '../session/crash-report.js';
import type { EmitEvent, SessionEnd, SessionPort } from '../session/session-types.js';
import { chooseHostTest } from './choose-host-test.js';
import { GreenteaParts, type PartsOwner } from './greentea-parts.js';
import { GreenteaReader } from './greentea-reader.js';
import { seatOf } from './greentea-seat.js';
import { GreenteaTimeout } from './greentea-timeout.js';
import { type Announcements, Preamble } from './preamble.js';
import type { SessionOptions } from './session-options.js';
import type { Judgement } from './verdict-rules.js';
import { wrongBoard } from './wrong-board.js';

/** Lines shown as evidence of a restart. */
const EVIDENCE_LINES = 40;

/**
 * One run of a Greentea image on a board: handshake, cases, verdict. Bytes come in by `push`, events go out in wire
 * order, and `ended` resolves once with the verdict; after that nothing has an effect.
 */
export class GreenteaSession {
  /** Resolves exactly once, when the host test has let go of what it holds, and never rejects. */
  readonly ended: Promise<SessionEnd>;
  #resolveEnd: (end: SessionEnd) => void = () => undefined;
  /** Settled when the host tests of void handshakes have let go. */
  #retired: Promise<unknown> = Promise.resolve();
  #preamble = new Preamble();
  readonly #parts: GreenteaParts;
  readonly #reader: GreenteaReader;
  readonly #timeout: GreenteaTimeout;

  constructor(options: SessionOptions, port: SessionPort, emit: EmitEvent) {
    this.ended = new Promise((resolve) => {
      this.#resolveEnd = resolve;
    });
    this.#parts = new GreenteaParts(options, port, emit, this.#owner());
    this.#reader = new GreenteaReader(this.#parts, {
      synced: (uuid) => this.#synced(uuid),
      announced: (key, value) => this.#announced(key, value),
      rebooted: () => this.#rebooted(),
    });
    this.#timeout = new GreenteaTimeout(this.#parts, {
      rebooted: () => this.#rebooted(),
      hangs: (reason, message) => this.#end('hang', reason, message),
      failed: (reason, message) => this.#fail(reason, message),
    });
  }

  #owner(): PartsOwner {
    return {
      onMessage: (key, value, atUs) => this.#reader.message(key, value, atUs),
      onLine: (text, atUs) => this.#reader.line(text, atUs),
      onBroken: (text) => this.#reader.broken(text),
      budgetSpent: () => this.#timeout.spent(),
      syncFailed: (why) => this.#timeout.syncFailed(why),
      boardFailed: (why) => this.#fail('boardStartFailed', why),
      writeFailed: (why) => this.portLost('consoleLost', `writing to the console failed: ${why}`),
      crashed: (crash) => this.#crashed(crash, 'crashBlock'),
      crashedAsPlanned: (crash) => this.#crashedAsPlanned(crash),
      crashBegins: () => this.#reader.followCrash(),
      noCrash: (lines) => this.#reader.goOn(lines),
    };
  }

  /** Wakes the board. Call it when the firmware runs and its console is being read. */
  start(): void {
    if (this.#parts.stage !== 'new') return;
    this.#parts.stage = 'syncing';
    this.#parts.budget.start();
    this.#parts.handshake.start();
  }

  /** Takes console bytes, cut anywhere. `atUs`: when they arrived, in microseconds since the attempt began. */
  push(bytes: Uint8Array, atUs: number): void {
    const { stage, lastWords, outlet, scanner } = this.#parts;
    if (stage === 'ended') return;
    lastWords.heard(bytes.length, atUs);
    outlet.arrivedUs = atUs;
    scanner.push(bytes, atUs);
    outlet.arrivedUs = undefined;
  }

  /**
   * The console is gone. A crash whose evidence is being read and a verdict already given win over it. More output than
   * the limit is the firmware's doing and fails the run; everything else is infrastructure.
   */
  portLost(reason: EndReason, message: string): void {
    const { side, seat } = this.#parts;
    if (side.crash.endsRun) side.crash.finish();
    else if (seat?.isClaimed) seat.conclude();
    else if (reason === 'outputLimit') this.#end('fail', reason, message);
    else this.#fail(reason, message);
  }

  /** The firmware has started anew by itself, says the board; a host test may know why. */
  restarted(): void {
    const { stage, restarts, isTesting } = this.#parts;
    if (stage === 'syncing') restarts.early();
    if (isTesting) restarts.told(() => this.#weighRestart());
  }

  #weighRestart(): void {
    const { seat, side, restarts } = this.#parts;
    const mayBeExplained = seat?.isClaimed || seat?.firmwareDecides === false;
    if (mayBeExplained || side.crash.hasCrashed || !restarts.watch.isUnexplained) return;
    this.#rebooted();
  }

  /** Ends the run without a verdict on the code. */
  cancel(why: string): void {
    this.#end('cancelled', 'cancelled', why);
  }

  #synced(uuid: string): void {
    const { resync, handshake, echo, budget, options } = this.#parts;
    if (resync.echo(uuid)) return;
    const answer = handshake.echo(uuid);
    if (answer === 'ignored') return;
    if (answer === 'again') this.#startOver();
    echo.answered(uuid);
    this.#parts.stage = 'preamble';
    budget.set(options.timing.startTimeoutMs);
  }

  /** The board had answered before our own reset reached it: what it said until now is void. */
  #startOver(): void {
    const { outlet, cases, restarts } = this.#parts;
    outlet.note('the board answered again after a reset of the handshake: starting over');
    this.#retireSeat();
    cases.forget();
    this.#preamble = new Preamble();
    restarts.forget();
  }

  #retireSeat(): void {
    this.#timeout.cancel();
    this.#retired = Promise.all([this.#retired, this.#parts.seat?.stop()]);
    this.#parts.seat = undefined;
  }

  #announced(key: string, value: string): void {
    const said = this.#preamble.message(key, value);
    if (said.step === 'repeated') this.#rebooted();
    else if (said.step === 'damaged') this.#parts.outlet.note(said.text);
    else if (said.step === 'complete') this.#beginTest(said.announcements);
    else if (said.step === 'budget') this.#parts.budget.set(said.seconds * 1000);
  }

  #beginTest({ clientVersion, hostTest }: Announcements): void {
    const { options, outlet, budget } = this.#parts;
    const name = options.hostTest ?? hostTest;
    const shown = bounded(name, 128);
    outlet.emit({ type: 'handshake', clientVersion, timeoutMs: budget.ms, hostTest: shown });
    const chosen = chooseHostTest(name, options);
    if (!('start' in chosen)) {
      this.#end(chosen.verdict, chosen.reason, chosen.message);
      return;
    }
    this.#parts.stage = 'main';
    this.#parts.seat = seatOf(chosen, this.#parts, {
      decided: (judgement) => this.#conclude(judgement),
      failed: (reason, message) => this.#fail(reason, message),
    });
    this.#parts.seat.start();
    this.#parts.readLinesAsWanted();
  }

  #rebooted(): void {
    const lines = this.#parts.scanner.tailLines(EVIDENCE_LINES);
    this.#crashed(crashFromReboot(lines), 'rebooted');
  }

  #crashed(crash: Crash, reason: EndReason): void {
    const { stage, outlet, options } = this.#parts;
    if (stage === 'ended') return;
    outlet.emit({ type: 'crash', crash });
    const wrong = wrongBoard(crash, options.target);
    if (wrong !== undefined) this.#fail('imageUnsuitable', wrong);
    else this.#end('crash', reason, crash.message);
  }

  #crashedAsPlanned(crash: Crash): void {
    this.#parts.outlet.note(`the crash that the host test asked for: ${crash.message}`);
    this.#parts.restarts.watch.expect();
    this.#parts.readLinesAsWanted();
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
    const parts = this.#parts;
    if (parts.stage === 'ended') return;
    parts.stage = 'ended';
    const stands = parts.side.close(end);
    parts.close();
    this.#retireSeat();
    parts.writer.close();
    const left =
      stands === end ? open : { ...open, running: 'infra' as const, why: stands.message };
    const closed = parts.cases.close(left);
    const final = { ...stands, message: bounded(stands.message, MAX_MESSAGE_CHARS) };
    void Promise.all([this.#retired, closed]).then(() => this.#resolveEnd(final));
  }
}
