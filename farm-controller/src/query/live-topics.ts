import type { LiveTopic } from '@greenrack/farm-protocol';
import type { FarmNews } from '../store/ports.js';

/** What a client has asked to hear, consoles aside. */
export class LiveTopics {
  readonly #whole = new Set<'farm' | 'changes'>();
  readonly #submissions = new Set<string>();
  readonly #runs = new Set<string>();

  get size(): number {
    return this.#whole.size + this.#submissions.size + this.#runs.size;
  }

  set(topic: Exclude<LiveTopic, { topic: 'console' }>, wanted: boolean): void {
    if (topic.topic === 'farm' || topic.topic === 'changes') put(this.#whole, topic.topic, wanted);
    else put(topic.topic === 'submission' ? this.#submissions : this.#runs, topic.id, wanted);
  }

  /** The part of the news that belongs to the topics. */
  pick({ change, attemptEvents, changeIds }: FarmNews): Omit<FarmNews, 'console' | 'missed'> {
    const hasFarm = this.#whole.has('farm');
    return {
      ...(change && {
        change: {
          boards: hasFarm ? change.boards : [],
          submissions: change.submissions.filter((s) => hasFarm || this.#submissions.has(s.id)),
          runs: change.runs.filter(
            (run) => this.#runs.has(run.id) || this.#submissions.has(run.submissionId),
          ),
        },
      }),
      ...(attemptEvents && this.#runs.has(attemptEvents.runId) && { attemptEvents }),
      ...(changeIds && this.#whole.has('changes') && { changeIds }),
    };
  }
}

function put<T>(set: Set<T>, item: T, wanted: boolean): void {
  if (wanted) set.add(item);
  else set.delete(item);
}
