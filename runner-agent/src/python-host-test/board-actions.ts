import type { HostTestContext } from '@greenrack/farm-protocol';
import type { RunAnswer } from './child-messages.js';

/** Value of the `__sync` after a reset that a script asks for with reset_dut. */
const RESYNC_VALUE = '0';

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

  constructor(
    private readonly context: HostTestContext,
    private readonly outcome: ActionOutcome,
  ) {}

  /** Resolves when it is done; a handshake goes on after that. Rejects like the context's methods. */
  async perform(action: BoardAction): Promise<void> {
    if (action.type === 'send') await this.#send(action.key, action.value);
    else if (action.type === 'reset') await this.#reset();
    else await this.#resetAndSync();
  }

  async #send(key: string, value: string): Promise<void> {
    if (key !== '__sync') {
      await this.#resyncing;
      await this.context.send(key, value);
    } else if (this.#resyncing) {
      this.context.note('__sync is being repeated already: the one of the host test is left out');
    } else this.#shakeHands(value);
  }

  async #reset(): Promise<void> {
    await this.context.resetBoard();
    this.outcome.happened('resetComplete');
  }

  async #resetAndSync(): Promise<void> {
    await this.context.resetBoard();
    this.#shakeHands(RESYNC_VALUE, () => this.outcome.happened('restarted'));
  }

  #shakeHands(value: string, then: () => void = () => undefined): void {
    const answered = (): void => {
      this.#resyncing = undefined;
      then();
    };
    this.#resyncing = this.context
      .resync(value)
      .then(answered, (error: unknown) => this.outcome.failed(error));
  }
}
