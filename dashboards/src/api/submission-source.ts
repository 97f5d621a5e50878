import type { LiveTopic, RunView, SubmissionView } from '@greenrack/farm-protocol';
import { keepLarger } from '../model/revision.js';
import { LiveSource, type Wiring } from './live-source.js';

export interface SubmissionState {
  readonly submission: SubmissionView | null;
  readonly runs: ReadonlyMap<string, RunView>;
}

const EMPTY: SubmissionState = { submission: null, runs: new Map() };

function withRuns(state: SubmissionState, views: readonly RunView[]): SubmissionState {
  const runs = keepLarger(state.runs, views);
  return runs === state.runs ? state : { ...state, runs };
}

function withSubmission(state: SubmissionState, view: SubmissionView): SubmissionState {
  const older = state.submission !== null && state.submission.revision >= view.revision;
  return older ? state : { ...state, submission: view };
}

/** One submission and all its runs. */
export class SubmissionSource extends LiveSource<SubmissionState> {
  readonly #id: string;

  constructor(wiring: Wiring, id: string) {
    super(wiring, EMPTY);
    this.#id = id;
  }

  protected topic(): LiveTopic {
    return { topic: 'submission', id: this.#id };
  }

  protected handlers() {
    return {
      submission: (view: SubmissionView) => {
        if (view.id === this.#id) this.change((state) => withSubmission(state, view));
      },
      run: (view: RunView) => {
        if (view.submissionId === this.#id) this.change((state) => withRuns(state, [view]));
      },
    };
  }

  protected async read(signal: AbortSignal): Promise<void> {
    const { api } = this.wiring;
    const [submission, runs] = await Promise.all([
      api.submission(this.#id, signal),
      api.runs(this.#id, signal),
    ]);
    this.change((state) => withRuns(withSubmission(state, submission), runs));
  }
}
