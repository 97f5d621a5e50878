import type { HostTestContext } from '@greenrack/farm-protocol';
import type { RunAnswer } from './child-messages.js';

/** Value of the `__sync` after a reset that a script asks for with reset_dut. */
const RESYNC_VALUE = '0';
/** Scripts that repeat `__sync` do so every second; one that comes later follows another restart of the board. */
const REPEAT_US = 1_500_000;

export type BoardAction = Extract<RunAnswer, { type: 'send' | 'reset' | 'resetDut' }>;

/** What the one who owns the actions does with what comes of them. */
export interface ActionOutcome {
  /** A reset has led to this. */
  happened(event: 'resetComplete' | 'restarted'): void;
  /** A handshake could not be made. */
  failed(error: unknown): void;
}

/**
 * Does to the board what a script asks for. Scripts reset a board, sleep and send `__sync` once or a few times; here
 * that shakes hands until the firmware answers, and what is sent meanwhile waits for it.
 */
export class BoardActions {
  #resyncing: Promise<void> | undefined;
  /** The handshake or repeat that was the last action: a `__sync` soon after it, in the same turn, repeats it. */
  #synced: { readonly turn: number; readonly atUs: number } | undefined;

  constructor(
    private readonly context: HostTestContext,
    private readonly outcome: ActionOutcome,
  ) {}

  /** Resolves when it is done; a handshake goes on after that. Rejects like the context's methods. */
  async perform(action: BoardAction): Promise<void> {
    if (action.type === 'reset') await this.#reset();
    else if (action.type === 'resetDut') await this.#resetAndSync(action.turn);
    else if (action.key === '__sync') this.#sync(action.value, action.turn);
    else await this.#send(action.key, action.value);
  }

  async #send(key: string, value: string): Promise<void> {
    this.#synced = undefined;
    await this.#resyncing;
    await this.context.send(key, value);
  }

  /** Firmware that has answered is in its test: it would never answer a repeated `__sync`. */
  #sync(value: string, turn: number): void {
    const atUs = this.context.nowUs();
    const last = this.#synced;
    const isRepeat = last?.turn === turn && atUs - last.atUs < REPEAT_US;
    if (!this.#resyncing && !isRepeat) {
      this.#shakeHands(value, turn);
      return;
    }
    this.#synced = { turn, atUs };
    this.context.note(
      '__sync is repeated until it is answered: the one of the host test is left out',
    );
  }

  async #reset(): Promise<void> {
    this.#synced = undefined;
    await this.context.resetBoard();
    this.outcome.happened('resetComplete');
  }

  async #resetAndSync(turn: number): Promise<void> {
    await this.context.resetBoard();
    this.#shakeHands(RESYNC_VALUE, turn, () => this.outcome.happened('restarted'));
  }

  #shakeHands(value: string, turn: number, then: () => void = () => undefined): void {
    this.#synced = { turn, atUs: this.context.nowUs() };
    const answered = (): void => {
      this.#resyncing = undefined;
      then();
    };
    this.#resyncing = this.context
      .resync(value)
      .then(answered, (error: unknown) => this.outcome.failed(error));
  }
}
