import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { Connection } from '../settings.js';
import type { FarmClient } from './farm-client.js';
import { type LiveSocket, watchLive } from './live-connection.js';

/** What a follower is told. Each view comes once per revision, in rising order. */
export interface FollowListener {
  run(view: RunView): void;
  submission(view: SubmissionView): void;
  connection?(up: boolean): void;
  /** No events come, for this reason: the farm is asked instead. */
  asks?(why: string): void;
}

/** For whoever only waits for the end. */
export const SILENT: FollowListener = { run: () => undefined, submission: () => undefined };

export interface FollowedSubmission {
  readonly submission: SubmissionView;
  /** In the order of the spec. */
  readonly runs: readonly RunView[];
}

/** Waits until a submission is finished; survives a farm that restarts. `signal` ends the wait with its reason. */
export async function followSubmission(
  client: FarmClient,
  connection: Connection,
  follow: { readonly id: string; readonly listener: FollowListener; readonly signal?: AbortSignal },
): Promise<FollowedSubmission> {
  const views = new SubmissionViews(follow.id, follow.listener);
  await watchLive(connection, {
    topics: [{ topic: 'submission', id: follow.id }],
    listen: (socket) => views.listen(socket),
    subscribed: async () => {
      const submission = await client.submission(follow.id);
      views.takeRuns(await client.runsOf(follow.id));
      views.takeSubmission(submission);
      return views.isFinished;
    },
    done: views.finished,
    canAsk: true,
    asks: (why) => follow.listener.asks?.(why),
    connectionChanged: (up) => follow.listener.connection?.(up),
    ...(follow.signal ? { signal: follow.signal } : {}),
  });
  // The last run events and the end of the submission race each other; the store has both.
  views.takeRuns(await client.runsOf(follow.id));
  return views.result();
}

/** The newest revision of a submission and its runs. */
class SubmissionViews {
  readonly #id: string;
  readonly #listener: FollowListener;
  readonly #runs = new Map<string, RunView>();
  #submission: SubmissionView | undefined;
  #finish: () => void = () => undefined;
  readonly finished = new Promise<void>((resolve) => {
    this.#finish = resolve;
  });

  constructor(id: string, listener: FollowListener) {
    this.#id = id;
    this.#listener = listener;
  }

  get isFinished(): boolean {
    return this.#submission?.state === 'finished';
  }

  listen(socket: LiveSocket): void {
    socket.on('run', (view) => this.takeRuns([view]));
    socket.on('submission', (view) => this.takeSubmission(view));
  }

  takeRuns(views: readonly RunView[]): void {
    for (const view of views) {
      const known = this.#runs.get(view.id);
      if (view.submissionId !== this.#id || (known && known.revision >= view.revision)) continue;
      this.#runs.set(view.id, view);
      this.#listener.run(view);
    }
  }

  takeSubmission(view: SubmissionView): void {
    const known = this.#submission;
    if (view.id !== this.#id || (known && known.revision >= view.revision)) return;
    this.#submission = view;
    this.#listener.submission(view);
    if (this.isFinished) this.#finish();
  }

  result(): FollowedSubmission {
    if (!this.#submission) throw new Error(`submission ${this.#id} was never read`);
    const runs = [...this.#runs.values()].sort((a, b) => a.ordinal - b.ordinal);
    return { submission: this.#submission, runs };
  }
}
