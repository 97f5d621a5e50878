import {
  type AttemptEvent,
  attemptEventSchema,
  type BoardView,
  boardViewSchema,
  changeIdSchema,
  type LinkReply,
  type LiveClientToServer,
  type LiveServerToClient,
  type LiveTopic,
  type RunView,
  runViewSchema,
  type SubmissionView,
  submissionViewSchema,
} from '@greenrack/farm-protocol';
import { io, type Socket } from 'socket.io-client';
import type { LinkPhase } from '../model/live-again.js';
import { Store } from '../model/store.js';

/**
 * `gone`: no connection for {@link GONE_AFTER_MS}; `refused`: the controller does not let us in; `blocked`: it answers
 * requests, and something on the way passes no WebSocket.
 */
export interface LinkState {
  readonly phase: LinkPhase;
  readonly sinceMs: number;
}

export interface ConsolePiece {
  readonly attemptId: string;
  readonly offset: number;
  readonly data: Uint8Array;
  readonly done: boolean;
}

/** What a watcher of a topic wants to hear; events of other topics arrive too, so look at the ids. */
export interface LiveListener {
  /** The subscription stands, or was refused with this message. Comes again after each reconnection. */
  ready(problem: string | undefined): void;
  board?(view: BoardView): void;
  submission?(view: SubmissionView): void;
  run?(view: RunView): void;
  changes?(ids: readonly string[]): void;
  attemptEvents?(attemptId: string, events: AttemptEvent[]): void;
  console?(piece: ConsolePiece): void;
}

const GONE_AFTER_MS = 8000;
const RECONNECT_MAX_MS = 4000;
const SUBSCRIBE_DEADLINE_MS = 10_000;
/** After the controller closed the connection itself, socket.io does not try again by itself. */
const RETRY_CLOSED_MS = 4000;
/** So often in a row a WebSocket fails while requests pass before something on the way is blamed. */
const BLOCKED_TRIES = 2;
const PROBE_DEADLINE_MS = 4000;

type LiveSocket = Socket<LiveServerToClient, LiveClientToServer>;

interface Watch {
  /** Asked anew at each subscription: an offset moves on. */
  readonly topicOf: () => LiveTopic;
  readonly listener: LiveListener;
}

const keyOf = (topic: LiveTopic) => ('id' in topic ? `${topic.topic}:${topic.id}` : topic.topic);

/** The one connection for live events. Subscribes again after every reconnection and says how it is doing. */
export class LiveLink {
  readonly state: Store<LinkState>;
  readonly #socket: LiveSocket;
  readonly #watches = new Set<Watch>();
  #goneTimer: ReturnType<typeof setTimeout> | undefined;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;
  #blockedTries = 0;

  constructor(token: string | null) {
    this.state = new Store<LinkState>({ phase: 'connecting', sinceMs: Date.now() }, queueMicrotask);
    this.#socket = io('/live', {
      auth: token === null ? {} : { token },
      transports: ['websocket'],
      reconnectionDelay: 300,
      reconnectionDelayMax: RECONNECT_MAX_MS,
      autoConnect: false,
    });
    this.#listen();
  }

  open(): void {
    this.#armGone();
    this.#socket.connect();
  }

  close(): void {
    this.#socket.disconnect();
    clearTimeout(this.#goneTimer);
    clearTimeout(this.#retryTimer);
    this.#goneTimer = undefined;
  }

  /** Tries at once instead of waiting for the next attempt. */
  retry(): void {
    this.#socket.disconnect();
    clearTimeout(this.#retryTimer);
    this.#socket.connect();
  }

  /** Subscribes; returns the undo. */
  watch(topicOf: () => LiveTopic, listener: LiveListener): () => void {
    const watch: Watch = { topicOf, listener };
    this.#watches.add(watch);
    if (this.#socket.connected) void this.#subscribe(watch);
    return () => this.#unwatch(watch);
  }

  #unwatch(watch: Watch): void {
    this.#watches.delete(watch);
    const topic = watch.topicOf();
    const shared = [...this.#watches].some((other) => keyOf(other.topicOf()) === keyOf(topic));
    if (!shared && this.#socket.connected) this.#socket.emit('unsubscribe', topic, () => undefined);
  }

  async #subscribe(watch: Watch): Promise<void> {
    const reply = await this.#emitSubscribe(watch.topicOf());
    // The link may have been lost meanwhile: the next connection subscribes again.
    if (!this.#watches.has(watch) || !this.#socket.connected) return;
    watch.listener.ready(reply.ok ? undefined : reply.message);
  }

  async #emitSubscribe(topic: LiveTopic): Promise<LinkReply<object>> {
    try {
      return await this.#socket.timeout(SUBSCRIBE_DEADLINE_MS).emitWithAck('subscribe', topic);
    } catch {
      const message = 'The controller did not confirm live events in time.';
      return { ok: false, code: 'unavailable', message };
    }
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('connect', () => this.#connected());
    socket.on('disconnect', () => this.#lost('reconnecting'));
    // An inactive socket was turned away by the controller; an active one tries again by itself.
    socket.on('connect_error', () => {
      this.#lost(socket.active ? 'reconnecting' : 'refused');
      if (socket.active) void this.#askWithout();
    });
    socket.on('board', (view) => this.#pass(boardViewSchema.safeParse(view), 'board'));
    socket.on('submission', (view) =>
      this.#pass(submissionViewSchema.safeParse(view), 'submission'),
    );
    socket.on('run', (view) => this.#pass(runViewSchema.safeParse(view), 'run'));
    socket.on('changes', (message) => {
      const ids = changeIdSchema.array().safeParse(message?.ids);
      if (!ids.success) return this.#complain('changes');
      for (const { listener } of this.#watches) listener.changes?.(ids.data);
    });
    socket.on('attemptEvents', (message) => this.#passEvents(message));
    socket.on('console', (message) => this.#passConsole(message));
  }

  #connected(): void {
    clearTimeout(this.#goneTimer);
    this.#goneTimer = undefined;
    this.#blockedTries = 0;
    this.#enter('live');
    for (const watch of this.#watches) void this.#subscribe(watch);
  }

  #lost(phase: 'reconnecting' | 'refused'): void {
    const now = this.state.get().phase;
    if (phase === 'refused') this.#enter('refused');
    else if (now === 'live') this.#enter('reconnecting');
    this.#armGone();
    if (this.#socket.active) return;
    clearTimeout(this.#retryTimer);
    this.#retryTimer = setTimeout(() => this.#socket.connect(), RETRY_CLOSED_MS);
  }

  /** A browser does not tell why a WebSocket failed: whether plain requests pass tells the way from the controller. */
  async #askWithout(): Promise<void> {
    const passes = await requestPasses();
    if (this.#socket.connected) return;
    this.#blockedTries = passes ? this.#blockedTries + 1 : 0;
    if (this.#blockedTries >= BLOCKED_TRIES) this.#enter('blocked');
    else if (this.state.get().phase === 'blocked') this.#enter('gone');
  }

  #armGone(): void {
    this.#goneTimer ??= setTimeout(() => {
      const { phase } = this.state.get();
      if (phase !== 'refused' && phase !== 'blocked') this.#enter('gone');
    }, GONE_AFTER_MS);
  }

  #enter(phase: LinkState['phase']): void {
    this.state.update((state) => (state.phase === phase ? state : { phase, sinceMs: Date.now() }));
  }

  #pass<K extends 'board' | 'submission' | 'run'>(
    parsed: { success: true; data: Parameters<LiveServerToClient[K]>[0] } | { success: false },
    kind: K,
  ): void {
    if (!parsed.success) {
      this.#complain(kind);
      return;
    }
    for (const { listener } of this.#watches) {
      const take = listener[kind] as
        | ((view: Parameters<LiveServerToClient[K]>[0]) => void)
        | undefined;
      take?.call(listener, parsed.data);
    }
  }

  #passEvents(message: Parameters<LiveServerToClient['attemptEvents']>[0]): void {
    const parsed = attemptEventSchema.array().safeParse(message?.events);
    if (!parsed.success) {
      this.#complain('attemptEvents');
      return;
    }
    for (const { listener } of this.#watches)
      listener.attemptEvents?.(String(message.attemptId), parsed.data);
  }

  #passConsole(message: Parameters<LiveServerToClient['console']>[0]): void {
    // A browser gets binary attachments as ArrayBuffer.
    const raw: unknown = message?.data;
    const data = raw instanceof ArrayBuffer ? new Uint8Array(raw) : raw;
    if (!(data instanceof Uint8Array) || !Number.isSafeInteger(message.offset)) {
      this.#complain('console');
      return;
    }
    const piece = {
      ...message,
      data,
      attemptId: String(message.attemptId),
      done: message.done === true,
    };
    for (const { listener } of this.#watches) listener.console?.(piece);
  }

  #complain(kind: string): void {
    console.warn(`Greenrack: left out a live ${kind} event that does not match the protocol`);
  }
}

async function requestPasses(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(PROBE_DEADLINE_MS);
    return (await fetch('/healthz', { cache: 'no-store', signal })).ok;
  } catch {
    // No answer: then it is not the WebSocket alone that does not pass.
    return false;
  }
}
