import type { BoardView, LiveTopic, SubmissionView } from '@greenrack/farm-protocol';
import type { FarmApi } from './farm-api.js';
import { LiveSource, type Wiring } from './live-source.js';

/** Which news of the farm make an answer old, and how often it is read again at most. */
export interface News {
  readonly board?: (view: BoardView) => boolean;
  readonly submission?: (view: SubmissionView) => boolean;
  /** Changes in series; what asks for these hears nothing else. */
  readonly changes?: (ids: readonly string[]) => boolean;
  /** Default 1000. What costs the controller much is read less often. */
  readonly everyMs?: number;
}

/** For what runs leave behind. */
export const submissionsEnd: News = { submission: ({ state }) => state === 'finished' };

type Read<T> = (api: FarmApi, signal: AbortSignal) => Promise<T>;

/** One answer of the controller, read again after news that concern it. */
export class AnswerSource<T> extends LiveSource<T | undefined> {
  readonly #read: Read<T>;
  readonly #news: News;

  constructor(wiring: Wiring, read: Read<T>, news: News) {
    super(wiring, undefined, news.everyMs);
    this.#read = read;
    this.#news = news;
  }

  protected topic(): LiveTopic {
    return { topic: this.#news.changes ? 'changes' : 'farm' };
  }

  protected handlers() {
    const { board, submission, changes } = this.#news;
    const again = (concerns: boolean | undefined) => {
      if (concerns) this.refreshSoon();
    };
    return {
      board: (view: BoardView) => again(board?.(view)),
      submission: (view: SubmissionView) => again(submission?.(view)),
      changes: (ids: readonly string[]) => again(changes?.(ids)),
    };
  }

  protected async read(signal: AbortSignal): Promise<void> {
    const answer = await this.#read(this.wiring.api, signal);
    this.change(() => answer);
  }
}
