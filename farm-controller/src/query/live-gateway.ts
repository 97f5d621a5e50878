import {
  FarmError,
  type LinkReply,
  type LiveTopic,
  liveTopicSchema,
  parseOrThrow,
} from '@greenrack/farm-protocol';
import type { ExtendedError, Namespace, Server } from 'socket.io';
import type { NewsFeed } from '../store/ports.js';
import { roleCovers } from '../web/principal.js';
import { asFarmError } from '../web/problem.js';
import type { SocketGate } from '../web/socket-gate.js';
import { LiveClient, type LiveClientDeps } from './live-client.js';
import type { LiveSocket } from './live-socket.js';

/** Watchers that one controller serves at a time. */
const MAX_CLIENTS = 1000;

export interface LiveGatewayDeps extends LiveClientDeps {
  readonly news: NewsFeed;
  readonly gate: Pick<SocketGate, 'admit'>;
}

/** The `/live` namespace: tells watchers what happens in the farm. */
export class LiveGateway {
  readonly #deps: LiveGatewayDeps;
  readonly #clients = new Map<LiveSocket, LiveClient>();
  readonly #stopListening: () => void;

  constructor(io: Server, deps: LiveGatewayDeps) {
    this.#deps = deps;
    const namespace: Namespace = io.of('/live');
    namespace.use((socket, next) => {
      this.#admit(socket).then(
        () => next(),
        (error: unknown) => next(this.#handshakeError(error)),
      );
    });
    namespace.on('connection', (socket) => this.#welcome(socket));
    this.#stopListening = deps.news.subscribe((news) => {
      if (news.missed) this.#hangUp();
      else for (const client of this.#clients.values()) client.hear(news);
    });
  }

  close(): void {
    this.#stopListening();
    for (const [socket, client] of this.#clients) {
      client.close();
      socket.disconnect(true);
    }
  }

  /** What they show may be old: without a goodbye, they come back by themselves and read it anew. */
  #hangUp(): void {
    for (const socket of this.#clients.keys()) socket.conn.close();
  }

  async #admit(socket: LiveSocket): Promise<void> {
    if (this.#clients.size >= MAX_CLIENTS)
      throw new FarmError('too_many_requests', `at most ${MAX_CLIENTS} watchers at a time`);
    const principal = await this.#deps.gate.admit(socket, socket.handshake.auth.token);
    if (!roleCovers(principal.role, 'viewer'))
      throw new FarmError('forbidden', `${principal.name} is ${principal.role}; this needs viewer`);
    const { tokenId, expiresMs } = principal;
    socket.data = { tokenId, expiresMs };
  }

  /** Reaches the client as `connect_error` with `data.code`. */
  #handshakeError(error: unknown): ExtendedError {
    const { code, message } = this.#told(error);
    return Object.assign(new Error(message), { data: { code } });
  }

  #welcome(socket: LiveSocket): void {
    const client = new LiveClient(socket, this.#deps);
    this.#clients.set(socket, client);
    socket.on('disconnect', () => {
      this.#clients.delete(socket);
      client.close();
    });
    socket.on('subscribe', (topic, reply) =>
      this.#answer(reply, () => client.subscribe(checkedTopic(topic))),
    );
    socket.on('unsubscribe', (topic, reply) =>
      this.#answer(reply, () => client.unsubscribe(checkedTopic(topic))),
    );
  }

  #answer(reply: unknown, act: () => void): void {
    const send = typeof reply === 'function' ? reply : () => undefined;
    try {
      act();
      send({ ok: true } satisfies LinkReply<object>);
    } catch (error) {
      const { code, message } = this.#told(error);
      send({ ok: false, code, message } satisfies LinkReply<object>);
    }
  }

  #told(error: unknown): FarmError {
    const told = asFarmError(error);
    if (told.code === 'internal') this.#deps.log.error({ err: error }, 'live request failed');
    return told;
  }
}

function checkedTopic(topic: unknown): LiveTopic {
  return parseOrThrow(liveTopicSchema, topic, 'invalid_request', 'topic');
}
