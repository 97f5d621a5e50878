import { FarmError, type LiveTopic } from '@greenrack/farm-protocol';
import type { FarmNews } from '../store/ports.js';
import type { Logger } from '../web/logger.js';
import { ConsoleFeed, type ConsoleFeedDeps } from './console-feed.js';
import { LiveOutbox } from './live-outbox.js';
import type { LiveSocket } from './live-socket.js';
import { LiveTopics } from './live-topics.js';

/** Topics that one client may have, and consoles among them. */
const MAX_TOPICS = 200;
const MAX_CONSOLES = 32;

export interface LiveClientDeps extends ConsoleFeedDeps {
  readonly log: Logger;
}

/** One connected watcher: its topics, and what it is still to be told. */
export class LiveClient {
  readonly #socket: LiveSocket;
  readonly #deps: LiveClientDeps;
  readonly #gone = new AbortController();
  readonly #topics = new LiveTopics();
  readonly #outbox: LiveOutbox;
  readonly #consoles = new Map<string, ConsoleFeed>();

  constructor(socket: LiveSocket, deps: LiveClientDeps) {
    this.#socket = socket;
    this.#deps = deps;
    this.#outbox = new LiveOutbox(socket, this.#gone.signal);
  }

  /** The subscription stands when this returns. @throws FarmError `too_many_requests` */
  subscribe(topic: LiveTopic): void {
    if (this.#topics.size + this.#consoles.size >= MAX_TOPICS) throw tooMany('topics', MAX_TOPICS);
    if (topic.topic === 'console') this.#startConsole(topic.id, topic.offset);
    else this.#topics.set(topic, true);
  }

  unsubscribe(topic: LiveTopic): void {
    if (topic.topic === 'console') this.#stopConsole(topic.id);
    else this.#topics.set(topic, false);
  }

  hear(news: FarmNews): void {
    this.#outbox.put(this.#topics.pick(news));
    if (news.console) this.#consoles.get(news.console.attemptId)?.heard(news.console.done);
  }

  close(): void {
    this.#gone.abort();
    for (const attemptId of this.#consoles.keys()) this.#stopConsole(attemptId);
  }

  /** Asked again, a console starts anew from the offset that is asked for then. */
  #startConsole(attemptId: string, offset: number): void {
    this.#stopConsole(attemptId);
    if (this.#consoles.size >= MAX_CONSOLES) throw tooMany('consoles', MAX_CONSOLES);
    const feed = new ConsoleFeed({ attemptId, offset }, this.#socket, this.#deps);
    this.#consoles.set(attemptId, feed);
    feed.run().then(
      () => this.#forget(attemptId, feed),
      (error: unknown) => {
        // Only feeds that nobody stopped are still known here.
        if (this.#forget(attemptId, feed)) this.#failed(attemptId, error);
      },
    );
  }

  #stopConsole(attemptId: string): void {
    const feed = this.#consoles.get(attemptId);
    this.#consoles.delete(attemptId);
    feed?.stop();
  }

  #forget(attemptId: string, feed: ConsoleFeed): boolean {
    return this.#consoles.get(attemptId) === feed && this.#consoles.delete(attemptId);
  }

  /** A watcher must not take a broken feed for a quiet board: hang up, it comes back and asks anew. */
  #failed(attemptId: string, error: unknown): void {
    this.#deps.log.error({ err: error, attemptId }, 'a live console failed');
    this.#socket.disconnect(true);
  }
}

function tooMany(what: string, limit: number): FarmError {
  return new FarmError('too_many_requests', `at most ${limit} ${what} per connection`);
}
