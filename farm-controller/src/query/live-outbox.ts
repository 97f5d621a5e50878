import { setTimeout as pause } from 'node:timers/promises';
import type {
  BoardView,
  LiveServerToClient,
  RunView,
  SubmissionView,
} from '@greenrack/farm-protocol';
import type { Change, FarmNews } from '../store/ports.js';
import { type LiveSocket, writable } from './live-socket.js';

/** A view that changes faster than this is sent once per interval, as it is then. */
const FLUSH_INTERVAL_MS = 50;
/** Events kept for a client that is too slow; beyond it they are dropped and the client reads the gap by REST. */
const MAX_WAITING_EVENTS = 5000;

/** Views that are sent at a time; the rest follow after the interval. */
const MAX_VIEWS = 500;

type EventsMessage = Parameters<LiveServerToClient['attemptEvents']>[0];

/**
 * What one client is still to be told: of each board, submission and run only the latest view, of changes their ids. Its size is bounded by
 * what exists, however slow the client and however busy the farm.
 */
export class LiveOutbox {
  readonly #socket: LiveSocket;
  readonly #signal: AbortSignal;
  readonly #boards = new Map<string, BoardView>();
  readonly #submissions = new Map<string, SubmissionView>();
  readonly #runs = new Map<string, RunView>();
  readonly #changeIds = new Set<string>();
  readonly #events = new Map<string, EventsMessage>();
  #waitingEvents = 0;
  #sending = false;

  constructor(socket: LiveSocket, signal: AbortSignal) {
    this.#socket = socket;
    this.#signal = signal;
  }

  put({ change, attemptEvents, changeIds = [] }: FarmNews): void {
    if (change) this.#putChange(change);
    for (const id of changeIds) this.#changeIds.add(id);
    if (attemptEvents) this.#putEvents(attemptEvents);
    if (!this.#sending && this.#size > 0) void this.#send();
  }

  get #size(): number {
    const { size } = this.#changeIds;
    return this.#boards.size + this.#submissions.size + this.#runs.size + this.#events.size + size;
  }

  #putChange(change: Change): void {
    for (const board of change.boards) putNewerBoard(this.#boards, board);
    for (const submission of change.submissions) putNewer(this.#submissions, submission);
    for (const run of change.runs) putNewer(this.#runs, run);
  }

  #putEvents({ runId, attemptId, events }: NonNullable<FarmNews['attemptEvents']>): void {
    if (this.#waitingEvents + events.length > MAX_WAITING_EVENTS) return;
    this.#waitingEvents += events.length;
    const waiting = this.#events.get(attemptId)?.events ?? [];
    this.#events.set(attemptId, { runId, attemptId, events: [...waiting, ...events] });
  }

  async #send(): Promise<void> {
    this.#sending = true;
    try {
      while (this.#size > 0) {
        await writable(this.#socket, this.#signal);
        this.#flush();
        await pause(FLUSH_INTERVAL_MS, undefined, { signal: this.#signal });
      }
    } catch {
      // Aborted, as a rule: the client is gone, and so is the reason to send. Any other: it comes back and asks anew.
      if (!this.#signal.aborted) this.#socket.disconnect(true);
    } finally {
      this.#sending = false;
    }
  }

  #flush(): void {
    for (const view of taken(this.#boards)) this.#socket.emit('board', view);
    for (const view of taken(this.#submissions)) this.#socket.emit('submission', view);
    for (const view of taken(this.#runs)) this.#socket.emit('run', view);
    const ids = [...this.#changeIds].slice(0, MAX_VIEWS);
    for (const id of ids) this.#changeIds.delete(id);
    if (ids.length > 0) this.#socket.emit('changes', { ids });
    for (const message of taken(this.#events)) {
      this.#socket.emit('attemptEvents', message);
      this.#waitingEvents -= message.events.length;
    }
  }
}

/** News of several controllers may overtake each other. */
function putNewer<T extends { id: string; revision: number }>(map: Map<string, T>, view: T): void {
  const waiting = map.get(view.id);
  if (!waiting || waiting.revision <= view.revision) map.set(view.id, view);
}

/** Of a board the time of its state tells which view is newer. */
function putNewerBoard(map: Map<string, BoardView>, view: BoardView): void {
  const waiting = map.get(view.serial);
  if (!waiting || waiting.sinceMs <= view.sinceMs) map.set(view.serial, view);
}

function taken<T>(map: Map<string, T>): T[] {
  const some = [...map].slice(0, MAX_VIEWS);
  for (const [key] of some) map.delete(key);
  return some.map(([, value]) => value);
}
