import { z } from 'zod';
import { boardSpecSchema, boardStatusSchema } from './board.js';
import { agentNameSchema, attemptIdSchema, boardSerialSchema, leaseIdSchema } from './ids.js';
import { type Assignment, assignmentSchema } from './lease.js';
import { linkEventSchema } from './link-event.js';
import { streamNameSchema } from './stream.js';
import { textSchema } from './text.js';
import { byteCountSchema, durationMsSchema } from './units.js';

/*
 * The link between an agent and a controller: socket.io namespace `/agent`, bearer token in the handshake's `auth.token`.
 *
 *   agent                               controller
 *     ── hello {protocol, agent, features, held} ──▶   ack: Welcome {features, boards, attempts: keep/start/cancel}
 *     ── boards BoardStatus[] ──────────▶   ack: {}
 *     ── events EventBatch ─────────────▶   ack: EventAck, after the database commit
 *     ── console ConsoleChunk ──────────▶   ack: ConsoleAck, after the bytes are on disk
 *     ── renew RenewRequest ────────────▶   ack: RenewReply
 *     ◀── assign Assignment ────────────    ack: AssignReply
 *     ◀── cancel CancelOrder ───────────    ack: {}
 *     ◀── present ──────────────────────    ack: {}, by an agent that lives
 *
 * Every ack is `{ ok: true, … }` or `{ ok: false, code, message }`.
 */
/** Version of this link. A controller accepts its own version and the one before. */
export const PROTOCOL_VERSION = 1;
/** Most events in one batch, and most bytes of console in one chunk. */
export const MAX_EVENTS_PER_BATCH = 200;
export const MAX_CONSOLE_CHUNK_BYTES = 256 * 1024;

/** Most boards of one agent, and most orders that one welcome gives it. */
export const MAX_RACK_BOARDS = 1000;
export const MAX_ORDERS = 4000;

/** What one end of the link can do that not every end of this version can. Add, never rename; unknown ones are no error. */
export const featuresSchema = z.array(textSchema(40)).max(64);
/** `unknownEvents`: keeps events of a type that it does not know. */
export const CONTROLLER_FEATURES: readonly string[] = ['unknownEvents'];
/** `partners`: runs the images of an assignment on several boards. */
export const AGENT_FEATURES: readonly string[] = ['partners'];

/** Most host tests that an agent tells of. */
export const MAX_HOST_TESTS = 500;

/** An attempt that the agent holds in its journal. */
export const heldAttemptSchema = z.object({
  attemptId: attemptIdSchema,
  leaseId: leaseIdSchema,
  fence: z.number().int().min(1),
  boardSerial: boardSerialSchema,
  /** `running` on the board now; `ended` with everything in the journal, waiting to be acknowledged. */
  state: z.enum(['running', 'ended']),
  /** Last event number in the journal, and bytes of console log on disk. */
  lastSeq: z.number().int().min(0),
  consoleBytes: byteCountSchema,
});
export type HeldAttempt = z.infer<typeof heldAttemptSchema>;

export const helloSchema = z.object({
  protocol: z.number().int(),
  agent: agentNameSchema,
  version: textSchema(64),
  host: textSchema(255),
  /** Another for each process: tells a second agent of the same name from one that connects again. */
  instance: textSchema(64).min(1).optional(),
  drivers: z.array(textSchema(40)).max(64),
  /** Every host test of this agent; missing when it cannot tell. */
  hostTests: z.array(textSchema(128)).max(MAX_HOST_TESTS).optional(),
  features: featuresSchema.optional(),
  held: z.array(heldAttemptSchema).max(2000),
});
export type Hello = z.infer<typeof helloSchema>;

/** How far the streams of an attempt are stored, by name. `ackedConsoleBytes` is the same of `console`. */
const ackedBytesSchema = z.record(streamNameSchema, byteCountSchema).optional();

/** What to do with one held attempt, or which to start: reconciliation, not replay of commands. */
export const attemptOrderSchema = z.discriminatedUnion('order', [
  /** Go on; send events after `ackedSeq` and each stream from where it is stored. */
  z.object({
    order: z.literal('keep'),
    attemptId: attemptIdSchema,
    ackedSeq: z.number().int().min(0),
    ackedConsoleBytes: byteCountSchema,
    ackedBytes: ackedBytesSchema,
  }),
  /** The controller has everything, or wants nothing of it any more (stale fence): stop it and delete the journal. */
  z.object({ order: z.literal('drop'), attemptId: attemptIdSchema, why: textSchema(500) }),
  /** Stop it, report it as cancelled. */
  z.object({
    order: z.literal('cancel'),
    attemptId: attemptIdSchema,
    ackedSeq: z.number().int().min(0),
    ackedConsoleBytes: byteCountSchema,
    ackedBytes: ackedBytesSchema,
  }),
  z.object({ order: z.literal('start'), assignment: assignmentSchema }),
]);
export type AttemptOrder = z.infer<typeof attemptOrderSchema>;

export const welcomeSchema = z.object({
  controllerId: textSchema(64),
  leaseTtlMs: durationMsSchema,
  features: featuresSchema.optional(),
  /** The boards of this agent's rack, from the inventory. */
  boards: z.array(boardSpecSchema).max(MAX_RACK_BOARDS),
  attempts: z.array(attemptOrderSchema).max(MAX_ORDERS),
});
export type Welcome = z.infer<typeof welcomeSchema>;

export const boardsReportSchema = z.object({
  boards: z.array(boardStatusSchema).max(MAX_RACK_BOARDS),
});
export type BoardsReport = z.infer<typeof boardsReportSchema>;

const attemptKey = { attemptId: attemptIdSchema, fence: z.number().int().min(1) };

export const eventBatchSchema = z.object({
  ...attemptKey,
  events: z.array(linkEventSchema).min(1).max(MAX_EVENTS_PER_BATCH),
});
export type EventBatch = z.infer<typeof eventBatchSchema>;
/** Events up to and including `ackedSeq` are committed. A batch with a gap changes nothing and gets the old number. */
export type EventAck = { ackedSeq: number };

/** Bytes of a stream, such as the console log file (see console-log.ts), from `offset`. `data` is one binary attachment. */
export const consoleChunkSchema = z.object({
  ...attemptKey,
  stream: streamNameSchema.default('console'),
  offset: byteCountSchema,
  data: z.custom<Uint8Array>(
    (v) => v instanceof Uint8Array && v.byteLength <= MAX_CONSOLE_CHUNK_BYTES,
    'expected at most 262144 bytes',
  ),
});
export type ConsoleChunk = z.infer<typeof consoleChunkSchema>;
/** The stream is stored up to `ackedConsoleBytes`: go on from there. */
export type ConsoleAck = { ackedConsoleBytes: number };

export const renewRequestSchema = z.object({
  leases: z.array(z.object({ leaseId: leaseIdSchema, fence: z.number().int().min(1) })).max(2000),
});
export type RenewRequest = z.infer<typeof renewRequestSchema>;
/** Leases in `lost` are gone: the agent stops those attempts and drops them. */
export type RenewReply = { lost: string[] };

export const cancelOrderSchema = z.object({ attemptId: attemptIdSchema, why: textSchema(500) });
export type CancelOrder = z.infer<typeof cancelOrderSchema>;

/** `accepted` once the assignment is in the agent's journal. */
export type AssignReply = { accepted: true };

/** What every acknowledgement looks like on the wire. */
export type LinkReply<T> = ({ ok: true } & T) | { ok: false; code: string; message: string };

/** socket.io event maps; both ends import these. */
export interface AgentToController {
  hello(message: Hello, reply: (r: LinkReply<Welcome>) => void): void;
  boards(message: BoardsReport, reply: (r: LinkReply<object>) => void): void;
  events(message: EventBatch, reply: (r: LinkReply<EventAck>) => void): void;
  console(message: ConsoleChunk, reply: (r: LinkReply<ConsoleAck>) => void): void;
  renew(message: RenewRequest, reply: (r: LinkReply<RenewReply>) => void): void;
}
export interface ControllerToAgent {
  assign(message: Assignment, reply: (r: LinkReply<AssignReply>) => void): void;
  cancel(message: CancelOrder, reply: (r: LinkReply<object>) => void): void;
  /** Asked when another process says hello as the same agent. */
  present(reply: (r: LinkReply<object>) => void): void;
}
