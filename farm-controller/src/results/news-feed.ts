import {
  attemptEventSchema,
  attemptIdSchema,
  boardViewSchema,
  byteCountSchema,
  changeIdSchema,
  runIdSchema,
  runViewSchema,
  submissionViewSchema,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { PeerBuses } from '../peers/peer-bus.js';
import type { FarmNews, NewsFeed } from '../store/ports.js';

const TOPIC = 'news';
/** Boards that changed are to be scheduled, so this goes with the orders. */
const changeSchema = z.object({
  change: z.object({
    submissions: z.array(submissionViewSchema),
    runs: z.array(runViewSchema),
    boards: z.array(boardViewSchema),
  }),
});
const bulkSchema = z.object({
  attemptEvents: z
    .object({ runId: runIdSchema, attemptId: attemptIdSchema, events: z.array(attemptEventSchema) })
    .exactOptional(),
  console: z
    .object({ attemptId: attemptIdSchema, size: byteCountSchema, done: z.boolean() })
    .exactOptional(),
  changeIds: z.array(changeIdSchema).exactOptional(),
});

/** News to everyone in this process, and through the bus to those of the other controllers. */
export class PeerNewsFeed implements NewsFeed {
  readonly #peers: PeerBuses;
  readonly #log: Logger;
  readonly #listeners = new Set<(news: FarmNews) => void>();

  constructor(peers: PeerBuses, log: Logger) {
    this.#peers = peers;
    this.#log = log;
    peers.orders.on(TOPIC, changeSchema, (news) => this.#tell(news));
    peers.bulk.on(TOPIC, bulkSchema, (news) => this.#tell(news));
    for (const bus of [peers.orders, peers.bulk]) bus.onGap(() => this.#tell({ missed: true }));
  }

  publish(news: FarmNews): void {
    if (isEmpty(news)) return;
    this.#tell(news);
    const { change, ...bulk } = news;
    if (!isEmpty({ ...(change && { change }) })) this.#peers.orders.send(TOPIC, { change });
    if (!isEmpty(bulk)) this.#peers.bulk.send(TOPIC, bulk);
  }

  subscribe(listener: (news: FarmNews) => void): () => void {
    // A wrapper of its own, so that the same function may listen twice.
    const entry = (news: FarmNews) => listener(news);
    this.#listeners.add(entry);
    return () => this.#listeners.delete(entry);
  }

  #tell(news: FarmNews): void {
    for (const listener of this.#listeners) {
      try {
        listener(news);
      } catch (error) {
        this.#log.error({ err: error }, 'a listener of the news failed');
      }
    }
  }
}

function isEmpty({ change, attemptEvents, console, changeIds }: FarmNews): boolean {
  if (attemptEvents || console || changeIds) return false;
  return !change || change.submissions.length + change.runs.length + change.boards.length === 0;
}
