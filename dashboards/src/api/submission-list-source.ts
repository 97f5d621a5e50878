import type { LiveTopic, SubmissionView } from '@greenrack/farm-protocol';
import { keepLarger } from '../model/revision.js';
import { LiveSource, type Wiring } from './live-source.js';

export interface SubmissionListState {
  readonly submissions: ReadonlyMap<string, SubmissionView>;
  /** Where the next page begins; null at the end. */
  readonly nextCursor: string | null;
}

const PAGE = 50;

/** Submissions, newest first, page by page. */
export class SubmissionListSource extends LiveSource<SubmissionListState> {
  constructor(wiring: Wiring) {
    super(wiring, { submissions: new Map(), nextCursor: null });
  }

  protected topic(): LiveTopic {
    return { topic: 'farm' };
  }

  protected handlers() {
    return { submission: (view: SubmissionView) => this.#merge([view]) };
  }

  protected async read(signal: AbortSignal): Promise<void> {
    const page = await this.wiring.api.submissions(PAGE, null, signal);
    this.#merge(page.items);
    this.change((state) => ({ ...state, nextCursor: page.nextCursor }));
  }

  /** Reads the page after the last one. */
  async more(signal: AbortSignal): Promise<void> {
    const { nextCursor } = this.store.get().data;
    if (nextCursor === null) return;
    const page = await this.wiring.api.submissions(PAGE, nextCursor, signal);
    this.#merge(page.items);
    this.change((state) => ({ ...state, nextCursor: page.nextCursor }));
  }

  #merge(views: readonly SubmissionView[]): void {
    this.change((state) => {
      const submissions = keepLarger(state.submissions, views);
      return submissions === state.submissions ? state : { ...state, submissions };
    });
  }
}
