import { setImmediate } from 'node:timers/promises';
import type { AttemptEnd, BoardSpec, BoardStatus, EndReason } from '@greenrack/farm-protocol';
import { clip } from '../deadline.js';
import type { Logger } from '../logger.js';
import type { BoardRack } from './board-rack.js';

/** An unusable board is looked at again after this long: a plugged cable or an installed program sends us no event. */
const LOOK_AGAIN_MS = 30_000;
const MAX_DETAIL = 2000;
/** One plug is a burst of changes (ports, then drives); the board is looked at when it is over. */
const PLUG_SETTLE_MS = 500;
const BOARD_FAULTS: ReadonlySet<EndReason> = new Set<EndReason>([
  'boardStartFailed',
  'flashFailed',
  'consoleLost',
  'emulatorExited',
]);

export interface BoardWatchOptions {
  isBusy(serial: string): boolean;
  report(boards: BoardStatus[]): Promise<void>;
  readonly log: Logger;
}

/** Knows which boards are usable, and looks again at those that are not. */
export class BoardWatch {
  readonly #rack: BoardRack;
  readonly #options: BoardWatchOptions;
  readonly #serials = new Set<string>();
  readonly #unusable = new Map<string, BoardSpec>();
  /** Boards whose last attempt failed for their own sake. */
  readonly #doubtful = new Set<string>();
  #known: readonly BoardSpec[] = [];
  #timer: NodeJS.Timeout | undefined;
  #plugTimer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(rack: BoardRack, options: BoardWatchOptions) {
    this.#rack = rack;
    this.#options = options;
  }

  /** Looks at boards and reports them. One that runs something is usable as long as that goes well. */
  async lookAt(specs: readonly BoardSpec[]): Promise<void> {
    if (this.#stopped || specs.length === 0) return;
    for (const { serial } of specs) this.#serials.add(serial);
    const found = await this.#lookAtAll(specs);
    // What was reported at the stop is what stays.
    if (this.#stopped) return;
    this.#watchUnusable();
    await this.#options.report(found);
  }

  /** All boards of this rack, looked at now and after every plug. */
  async watch(specs: readonly BoardSpec[]): Promise<void> {
    this.#known = specs;
    await this.lookAt(specs);
  }

  /** Something was plugged in or out. */
  plugged(): void {
    clearTimeout(this.#plugTimer);
    if (this.#stopped) return;
    this.#plugTimer = setTimeout(() => {
      const idle = this.#known.filter(({ serial }) => !this.#options.isBusy(serial));
      void this.lookAt(idle);
    }, PLUG_SETTLE_MS);
  }

  /** A board was not put back: it is unusable until a look at it finds it well. */
  dirty(spec: BoardSpec, problems: readonly string[]): void {
    const detail = clip(`Not put back after an attempt: ${problems.join('; ')}`, MAX_DETAIL);
    this.#options.log.error({ board: spec.serial }, detail);
    this.#rack.forget(spec);
    this.#unusable.set(spec.serial, spec);
    this.#watchUnusable();
    void this.#options.report([{ serial: spec.serial, usable: false, detail }]);
  }

  /**
   * An order for the board was refused. The controller gives it no more before it hears of the board again, so it is
   * looked at in a while, whatever the refusal was about.
   */
  refused(spec: BoardSpec): void {
    this.#unusable.set(spec.serial, spec);
    this.#watchUnusable();
  }

  /**
   * An attempt on the board has ended. One that failed for the board's sake has it looked at before it gets another
   * run: it would fail that too, and the next, until the whole suite has lost its attempts. The second time in a row
   * the look can wait: it found nothing the first time.
   */
  attemptEnded(spec: BoardSpec, { reason, message }: Pick<AttemptEnd, 'reason' | 'message'>): void {
    const { serial } = spec;
    if (!BOARD_FAULTS.has(reason)) {
      this.#doubtful.delete(serial);
      return;
    }
    this.#rack.forget(spec);
    const wasDoubtful = this.#doubtful.has(serial);
    this.#doubtful.add(serial);
    this.#unusable.set(serial, spec);
    const detail = clip(`Looked at after a failed attempt: ${message}`, MAX_DETAIL);
    void this.#options.report([{ serial, usable: false, detail }]);
    if (wasDoubtful) this.#watchUnusable();
    else void this.lookAt([spec]);
  }

  /** Looks at nothing more, and offers no board for new work. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    const detail = 'The agent is stopping.';
    void this.#options.report(
      [...this.#serials].map((serial) => ({ serial, usable: false, detail })),
    );
  }

  /** All at once, but each begins in a turn of its own: the runs under way have theirs between them. Never rejects. */
  async #lookAtAll(specs: readonly BoardSpec[]): Promise<BoardStatus[]> {
    const looks: Promise<BoardStatus>[] = [];
    for (const spec of specs) {
      looks.push(this.#look(spec));
      await setImmediate();
    }
    return await Promise.all(looks);
  }

  async #look(spec: BoardSpec): Promise<BoardStatus> {
    const { serial } = spec;
    if (this.#options.isBusy(serial)) return { serial, usable: true, detail: 'in use' };
    // A board that was not put back is put back first.
    const restored = this.#unusable.has(serial) ? await this.#rack.restore(spec) : undefined;
    const status = restored ?? (await this.#rack.probe(spec));
    if (status.usable) this.#unusable.delete(serial);
    else this.#unusable.set(serial, spec);
    return status;
  }

  #watchUnusable(): void {
    clearTimeout(this.#timer);
    if (this.#stopped || this.#unusable.size === 0) return;
    this.#timer = setTimeout(() => void this.lookAt([...this.#unusable.values()]), LOOK_AGAIN_MS);
  }
}
