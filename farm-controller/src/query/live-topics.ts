import type { LiveTopic } from '@greenrack/farm-protocol';
import type { FarmNews } from '../store/ports.js';

/** What a client has asked to hear, consoles aside. */
export class LiveTopics {
  #farm = false;
  readonly #submissions = new Set<string>();
  readonly #runs = new Set<string>();

  get size(): number {
    return (this.#farm ? 1 : 0) + this.#submissions.size + this.#runs.size;
  }

  set(topic: Exclude<LiveTopic, { topic: 'console' }>, wanted: boolean): void {
    if (topic.topic === 'farm') this.#farm = wanted;
    else {
      const ids = topic.topic === 'submission' ? this.#submissions : this.#runs;
      if (wanted) ids.add(topic.id);
      else ids.delete(topic.id);
    }
  }

  /** The part of the news that belongs to the topics. */
  pick({ change, attemptEvents }: FarmNews): Pick<FarmNews, 'change' | 'attemptEvents'> {
    return {
      ...(change && {
        change: {
          boards: this.#farm ? change.boards : [],
          submissions: change.submissions.filter((s) => this.#farm || this.#submissions.has(s.id)),
          runs: change.runs.filter(
            (run) => this.#runs.has(run.id) || this.#submissions.has(run.submissionId),
          ),
        },
      }),
      ...(attemptEvents && this.#runs.has(attemptEvents.runId) && { attemptEvents }),
    };
  }
}
