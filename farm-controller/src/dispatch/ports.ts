import type {
  BoardStatus,
  ConsoleAck,
  ConsoleChunk,
  EventAck,
  EventBatch,
  Hello,
  Requirement,
  Welcome,
} from '@greenrack/farm-protocol';
import type { Logger } from 'pino';
import type { Lane, LeaseKey, QueuedRun } from '../store/ports.js';
import type { AgentSession } from './agent-session.js';

/*
 * What dispatch asks of the other stages. farm.ts gives it to them.
 */

/** Takes reports on attempts from the agent that has them; rejects with the FarmError that the agent is told. */
export interface ReportIntake {
  events(agent: string, batch: EventBatch): Promise<EventAck>;
  console(agent: string, chunk: ConsoleChunk): Promise<ConsoleAck>;
}

/** A lane with work, as the queue shows it and the scheduler ranks it. */
export interface WaitingLane {
  readonly key: string;
  readonly lane: Lane;
  readonly requirement: Requirement;
  /** What further boards of the same agent must be; see QueuedRun. */
  readonly partners?: readonly Requirement[];
  readonly avoid?: readonly string[];
  /** Its runs examine suspect boards. */
  readonly healthCheck?: boolean;
  readonly waiting: number;
  readonly oldestMs: number;
}

/** Where runs are taken from; see JobQueue. */
export interface WorkSource {
  lanes(): WaitingLane[];
  take(laneKey: string): Promise<string | undefined>;
  done(laneKey: string, runId: string): void;
  putBack(laneKey: string, runId: string): void;
  move(laneKey: string, run: QueuedRun): void;
}

/** What a session needs of the gateway. Rejections with a FarmError are told to the agent. */
export interface SessionHost {
  hello(session: AgentSession, hello: Hello): Promise<Welcome>;
  boards(session: AgentSession, statuses: readonly BoardStatus[]): Promise<void>;
  events(agent: string, batch: EventBatch): Promise<EventAck>;
  console(agent: string, chunk: ConsoleChunk): Promise<ConsoleAck>;
  renew(agent: string, leases: readonly LeaseKey[]): Promise<string[]>;
  gone(session: AgentSession): void;
  readonly log: Logger;
}
