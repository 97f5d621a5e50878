import { z } from 'zod';
import type { RunView, SubmissionView } from './api.js';
import type { BoardView } from './board.js';
import type { AttemptEvent } from './event.js';
import { attemptIdSchema, runIdSchema, submissionIdSchema } from './ids.js';
import type { LinkReply } from './link.js';
import { byteCountSchema } from './units.js';

/*
 * Live events for people: socket.io namespace `/live`, token in `auth.token` like the REST API's.
 * A client subscribes to topics. The ack comes after the subscription stands, so a client subscribes first, then reads
 * the REST snapshot, and keeps whichever revision is larger: nothing falls between the two. After a reconnection it
 * does the same again. Console and events are resumed by offset and number instead.
 */
export const liveTopicSchema = z.discriminatedUnion('topic', [
  /** Every board and every submission. */
  z.strictObject({ topic: z.literal('farm') }),
  /** Changes in series: which of them were found or have gone on. */
  z.strictObject({ topic: z.literal('changes') }),
  /** The submission and its runs. */
  z.strictObject({ topic: z.literal('submission'), id: submissionIdSchema }),
  /** The run and the numbered events of its attempts. */
  z.strictObject({ topic: z.literal('run'), id: runIdSchema }),
  /** Console log bytes of one attempt from `offset` on: those stored first, then live, without a gap. */
  z.strictObject({ topic: z.literal('console'), id: attemptIdSchema, offset: byteCountSchema }),
]);
export type LiveTopic = z.infer<typeof liveTopicSchema>;

export interface LiveClientToServer {
  subscribe(topic: LiveTopic, reply: (r: LinkReply<object>) => void): void;
  unsubscribe(topic: LiveTopic, reply: (r: LinkReply<object>) => void): void;
}

export interface LiveServerToClient {
  board(view: BoardView): void;
  submission(view: SubmissionView): void;
  run(view: RunView): void;
  /** These have gone on, or are new: whoever shows them reads them again. */
  changes(message: { ids: string[] }): void;
  /** Events of an attempt in order; a client that sees a gap reads `…/events?after=`. */
  attemptEvents(message: { runId: string; attemptId: string; events: AttemptEvent[] }): void;
  /** `data` continues the log at `offset`; `done` when the attempt is over and the log complete. */
  console(message: { attemptId: string; offset: number; data: Uint8Array; done: boolean }): void;
}
