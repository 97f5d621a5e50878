/*
 * What the stages may ask of the store. Every method that changes something is one database transaction and has
 * committed when its promise resolves; it returns the changed views, so that live events and scheduling need no second
 * read. All times are wall-clock milliseconds.
 */
import type {
  AgentView,
  Assignment,
  AttemptEvent,
  AttemptView,
  Band,
  BoardSpec,
  BoardStatus,
  BoardTransition,
  BoardView,
  CaseExpectations,
  CaseVerdict,
  CompareLog,
  EndReason,
  EventBatch,
  Expectation,
  Health,
  Requirement,
  Role,
  RunDetail,
  RunState,
  RunView,
  SubmissionView,
  TokenView,
  Verdict,
} from '@greenrack/farm-protocol';

/** A lane: one Bull queue. Runs of a lane can be served by the same boards and are due at the same time. */
export interface Lane {
  readonly requirementClass: string;
  readonly band: Band;
  readonly tenant: string;
}

/** A run that waits. Everything the queue and the scheduler need to know of it. */
export interface QueuedRun {
  readonly runId: string;
  readonly lane: Lane;
  readonly requirement: Requirement;
  /**
   * Serials of boards on which the infrastructure failed it too often. They do not take it while another board that
   * meets the requirement is usable. The same for all runs of a lane.
   */
  readonly avoid?: readonly string[];
  /** It examines a suspect board; such boards take nothing else, and it takes no other board. Default false. */
  readonly healthCheck?: boolean;
  /** Since when it waits: its creation, kept over retries. */
  readonly createdMs: number;
}

/** Views that a transaction changed, for live events. */
export interface Change {
  readonly submissions: readonly SubmissionView[];
  readonly runs: readonly RunView[];
  readonly boards: readonly BoardView[];
}

/** What a transaction left to do: runs to put (back) into their lanes, boards that are free again. */
export interface FollowUp {
  readonly change: Change;
  readonly requeued: readonly QueuedRun[];
  readonly freedBoards: readonly string[];
}

/** A run of a new submission, as its spec and its image say. */
export interface NewRun {
  readonly id: string;
  readonly ordinal: number;
  readonly name: string;
  readonly imageName: string;
  readonly imageSha256: string;
  readonly requirement: Requirement;
  readonly requirementClass: string;
  readonly timeoutMs: number;
  readonly queueTimeoutMs: number;
  readonly maxAttempts: number;
  readonly hostTest?: string;
  readonly compareLog?: CompareLog;
  /** Default `pass`. */
  readonly expect?: Expectation;
  readonly expectCases?: CaseExpectations;
  /** Default 0. */
  readonly retries?: number;
  /** Default false. */
  readonly healthCheck?: boolean;
}

/** A submission that has passed every check and is to be committed whole. */
export interface NewSubmission {
  readonly id: string;
  readonly name: string;
  readonly tenant: string;
  readonly submitter: string;
  readonly band: Band;
  /** The spec as submitted, for the record. */
  readonly specJson: string;
  readonly createdMs: number;
  readonly runs: readonly NewRun[];
}

/** Answer to a cancellation. `running` must be told to their agents. */
export interface CancelOutcome extends FollowUp {
  readonly running: readonly { attemptId: string; agent: string; boardSerial: string }[];
}

/** Part of a list; `nextCursor` asks for the part after it and is null at the end. */
export interface Page<T> {
  readonly items: T[];
  readonly nextCursor: string | null;
}
/** Which part of a list; without a cursor the first. */
export interface PageRequest {
  readonly limit: number;
  readonly cursor?: string;
}
/** All that are given must hold. */
export interface RunFilter {
  readonly submissionId?: string;
  readonly state?: RunState;
  readonly verdict?: Verdict;
  readonly boardSerial?: string;
}

/** Submissions with their counters. */
export interface SubmissionStore {
  /** Writes the submission and all its runs, queued. Their images must have been put before. */
  create(
    submission: NewSubmission,
  ): Promise<{ submission: SubmissionView; runs: RunView[]; queued: QueuedRun[] }>;
  get(id: string): Promise<SubmissionView | undefined>;
  list(page: PageRequest): Promise<Page<SubmissionView>>;
  /** Queued runs end as `cancelled` at once; running ones are marked and listed. */
  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined>;
}

/** What a waiting run asks of a board. */
export interface BoardNeed {
  readonly requirement: Requirement;
  /** See {@link QueuedRun}. */
  readonly avoid?: readonly string[];
  readonly healthCheck?: boolean;
}
/** Where a run waits. */
export interface QueuePlace extends BoardNeed {
  /** How many wait before it in its lane, plus one. */
  readonly position: number;
}

/** What decides about runs that found no board in time. */
export interface QueueExpiry {
  /** Explains per need. */
  readonly why: (need: BoardNeed) => string;
  /** Weighs what earlier attempts have said: a run that waits for another try keeps it. */
  readonly policy: FatePolicy;
}

/** Runs, from queued to settled. */
export interface RunStore {
  get(id: string): Promise<RunView | undefined>;
  detail(id: string): Promise<Omit<RunDetail, 'waiting'> | undefined>;
  list(filter: RunFilter, page: PageRequest): Promise<Page<RunView>>;
  /** Runs of a submission with the attempts that gave the verdicts, for reports; in ordinal order. */
  report(submissionId: string): AsyncIterable<{ run: RunView; attempts: AttemptView[] }>;
  cancel(id: string, nowMs: number): Promise<CancelOutcome | undefined>;
  /** Queued runs in lane order, oldest first, paged by run id: the queue is rebuilt from here. */
  queued(page: PageRequest): Promise<Page<QueuedRun>>;
  /** Undefined when the run does not wait. */
  queuePlace(id: string): Promise<QueuePlace | undefined>;
  /** Median wall time of the latest finished runs with this image name and target; undefined without any. */
  typicalDurationMs(imageName: string, target: string): Promise<number | undefined>;
  /**
   * Ends queued runs whose queue deadline has passed: as `infra`, reason `noBoard`, unless an earlier attempt has said
   * what the policy keeps.
   */
  expireQueued(nowMs: number, expiry: QueueExpiry): Promise<FollowUp>;
  /** When the next queued run is due to expire. */
  nextQueueDeadlineMs(): Promise<number | undefined>;
}

/** Who wants which board for which run, and for how long. */
export interface LeaseRequest {
  readonly runId: string;
  readonly boardSerial: string;
  readonly agent: string;
  readonly ttlMs: number;
  readonly nowMs: number;
  readonly maxConsoleBytes: number;
}
/** What came of a {@link LeaseRequest}. */
export type LeaseGrant =
  | { readonly kind: 'granted'; readonly assignment: Assignment; readonly change: Change }
  /** The run is no longer queued (cancelled, expired, taken): forget it. */
  | { readonly kind: 'runGone' }
  /** Another lease holds the board, or it is offline or no longer trusted by now: put the run back. */
  | { readonly kind: 'boardTaken' }
  /** The board failed this run before and another one is usable: the run is to wait, in its own lane, for that one. */
  | { readonly kind: 'otherBoard'; readonly run: QueuedRun };

/** An attempt that has not ended, as reconciliation needs it. */
export interface OpenAttempt {
  readonly attemptId: string;
  readonly runId: string;
  readonly leaseId: string;
  readonly fence: number;
  readonly boardSerial: string;
  readonly agent: string;
  readonly ackedSeq: number;
  readonly leaseExpiresMs: number;
  readonly cancelRequested: boolean;
  /** The order as it was given, to give it again when the agent never got it. */
  readonly assignment: Assignment;
}

/** Exclusive, expiring rights to boards. */
export interface LeaseStore {
  /** One active lease per board is a database constraint; the fence is the board's next number. */
  grant(request: LeaseRequest): Promise<LeaseGrant>;
  /** Moves expiry to `untilMs`; answers the ids of those that are no longer active under that fence. */
  renew(leases: readonly { leaseId: string; fence: number }[], untilMs: number): Promise<string[]>;
  /** Pushes expiry of an agent's active leases to at least `untilMs`: it may still report. */
  extendForAgent(agent: string, untilMs: number): Promise<void>;
  expired(nowMs: number): Promise<OpenAttempt[]>;
  nextExpiryMs(): Promise<number | undefined>;
}

/** What becomes of a run when an attempt has ended. */
/** A case with what is expected of it. */
export interface JudgedCase {
  readonly name: string;
  /** Null when it did not come to an end. */
  readonly verdict: CaseVerdict | null;
  readonly expect: Expectation;
}

export type RunFate =
  | {
      readonly kind: 'finish';
      readonly verdict: Verdict;
      /** The verdict before the expectation was weighed in; the same when left out. */
      readonly raw?: Verdict;
      /** Instead of the attempt's own message. */
      readonly message?: string;
    }
  | { readonly kind: 'retry' };
/** Pure; called inside the transaction. `earlier` are the verdicts of the run's attempts before this one. */
export type FatePolicy = (ended: {
  readonly verdict: Verdict;
  readonly reason: EndReason;
  readonly attemptNumber: number;
  readonly maxAttempts: number;
  readonly cancelRequested: boolean;
  readonly earlier: readonly Verdict[];
  readonly message: string;
  readonly expect: Expectation;
  /** Cases of the attempt that gives the verdict, when its run has expectations of single cases. */
  readonly cases?: readonly JudgedCase[];
  readonly retries: number;
  readonly healthCheck: boolean;
}) => RunFate;

/** An attempt that failed for reasons that a board can be guilty of. */
export interface BoardFault {
  readonly attemptId: string;
  readonly runId: string;
  readonly attemptNumber: number;
  readonly reason: EndReason;
}
/** What an ended attempt makes of the trust in its board. */
export interface BoardTrust {
  /** Faults in a row, the oldest first. */
  readonly faults: readonly BoardFault[];
  /** Why the board is suspect from now on. */
  readonly suspect?: string;
}
/** Pure; called inside the transaction, for boards in good health. `faults` are those in a row before this attempt. */
export type BoardPolicy = (ended: {
  /** Of the board, as the inventory names it. */
  readonly model: string;
  readonly verdict: Verdict;
  readonly fault: BoardFault;
  readonly faults: readonly BoardFault[];
}) => BoardTrust;

/** What decides about runs and boards when an attempt has ended. */
export interface SettlementPolicy {
  readonly run: FatePolicy;
  readonly board: BoardPolicy;
}

/** What came of one batch of events. */
export type AppendResult =
  | {
      readonly ok: true;
      readonly runId: string;
      readonly ackedSeq: number;
      /** Events that this call committed (those already known are left out). */
      readonly committed: readonly AttemptEvent[];
      readonly ended: boolean;
    }
  | { readonly ok: false; readonly code: 'stale_fence' | 'not_found'; readonly message: string };

/** Attempts and their numbered events. */
export interface AttemptStore {
  /**
   * Commits several batches in one transaction (group commit); results in the order of the batches. Known numbers are
   * skipped, a gap commits nothing of that batch. An `attemptEnd` finishes the attempt, releases its lease and settles
   * the run and the trust in the board by `policy`, all in the same transaction.
   */
  append(
    batches: readonly EventBatch[],
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<{ results: AppendResult[]; followUp: FollowUp }>;
  /** Ends an attempt whose agent will not report any more. Nothing happens when it has ended already. */
  abandon(
    attemptId: string,
    why: { reason: EndReason; message: string },
    nowMs: number,
    policy: SettlementPolicy,
  ): Promise<FollowUp>;
  /** Open attempts of one agent. */
  openOf(agent: string): Promise<OpenAttempt[]>;
  open(attemptId: string): Promise<OpenAttempt | undefined>;
  byNumber(runId: string, number: number): Promise<AttemptView | undefined>;
  events(
    attemptId: string,
    afterSeq: number,
    limit: number,
  ): Promise<{ events: AttemptEvent[]; lastSeq: number }>;
}

/** A board that waits to be examined, is being examined, or has been. */
export interface SuspectBoard {
  readonly serial: string;
  readonly target: string;
  readonly model: string;
  /** The check of this suspicion; null while there is none. */
  readonly check: {
    readonly runId: string;
    readonly state: RunState;
    readonly verdict: Verdict | null;
    readonly message: string;
    /** Latest attempt; null when it never had one. */
    readonly attemptId: string | null;
  } | null;
}

/** Boards: what the inventory says of them, their state and its history. */
export interface BoardStore {
  /** Makes the farm know exactly these boards for this agent; boards gone from the inventory are kept for history, offline. */
  sync(agent: string, boards: readonly BoardSpec[], nowMs: number): Promise<Change>;
  /** Agent's findings: sets online/offline with the detail as cause. */
  report(agent: string, statuses: readonly BoardStatus[], nowMs: number): Promise<Change>;
  /** All boards of the agent are offline because it is gone. */
  agentGone(agent: string, cause: string, nowMs: number): Promise<Change>;
  /**
   * Someone decides about a board: its faults are forgotten, and a health check that has not begun is cancelled unless
   * the board is to be suspect. What a check says that is under way does not count any more.
   */
  setHealth(
    serial: string,
    to: { health: Health; cause: string; actor: string; evidence?: string },
    nowMs: number,
  ): Promise<Change | undefined>;
  /** Suspect boards of the inventory. */
  suspects(): Promise<SuspectBoard[]>;
  /**
   * Writes the health check of a suspect board, one run, queued. Undefined when the board is not suspect any more or
   * has its check already: of several controllers one succeeds.
   */
  beginCheck(
    serial: string,
    check: NewSubmission,
  ): Promise<{ change: Change; queued: QueuedRun[] } | undefined>;
  /**
   * Ends the suspicion whose check is `checkRunId` (null: it has none). Nothing happens when it has ended already, or
   * is another one by now.
   */
  endSuspicion(
    serial: string,
    checkRunId: string | null,
    to: {
      readonly health: 'good' | 'quarantined';
      readonly cause: string;
      readonly evidence?: string;
      readonly nowMs: number;
    },
  ): Promise<Change>;
  /** Also finds a board that is gone from the inventory. */
  get(serial: string): Promise<BoardView | undefined>;
  /** Boards of the inventory, by serial. */
  list(): Promise<BoardView[]>;
  /** Newest first. */
  history(serial: string, page: PageRequest): Promise<Page<BoardTransition>>;
}

/** Facts about an image whose bytes the blob store has. */
export interface StoredImage {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly format: 'elf' | 'hex' | 'bin' | 'uf2';
  /** From the image's identity note. */
  readonly targetName?: string;
  readonly segments: readonly { address: number; sizeBytes: number }[];
}
/** What the farm knows of images. */
export interface ImageStore {
  get(sha256: string): Promise<StoredImage | undefined>;
  /** Of these, which the farm does not have. */
  missing(sha256: readonly string[]): Promise<string[]>;
  /** Records an image whose bytes are already in the blob store. Idempotent. */
  put(image: StoredImage, nowMs: number): Promise<void>;
}

/** Agents, and which controller each is connected to. */
export interface AgentStore {
  connected(
    agent: { name: string; version: string; host: string; controllerId: string },
    nowMs: number,
  ): Promise<void>;
  disconnected(name: string, controllerId: string, nowMs: number): Promise<void>;
  list(): Promise<AgentView[]>;
}

/** A token as it is kept: the secret only as SHA-256 (secrets carry 256 random bits, so no slow hash is needed). */
export interface StoredToken extends TokenView {
  readonly secretHash: string;
}
/** Tokens of people, programs and agents. */
export interface TokenStore {
  /** @throws FarmError `conflict` when an active token has the name */
  create(token: StoredToken): Promise<void>;
  findByHash(secretHash: string): Promise<StoredToken | undefined>;
  /**
   * Creates or replaces by name: for tokens that the configuration brings along.
   * @throws FarmError `conflict` when the secret was revoked or belongs to a token of another name
   */
  upsert(
    token: { name: string; role: Role; tenant: string; secretHash: string },
    nowMs: number,
  ): Promise<void>;
  list(): Promise<TokenView[]>;
  revoke(id: string, nowMs: number): Promise<TokenView | undefined>;
}

/** Runs by what became of them, for the metrics. */
export interface FarmCounts {
  readonly queued: number;
  readonly running: number;
  readonly finishedByVerdict: ReadonlyMap<string, number>;
}

/** The database behind one narrow port. */
export interface Store {
  readonly submissions: SubmissionStore;
  readonly runs: RunStore;
  readonly leases: LeaseStore;
  readonly attempts: AttemptStore;
  readonly boards: BoardStore;
  readonly images: ImageStore;
  readonly agents: AgentStore;
  readonly tokens: TokenStore;
  counts(): Promise<FarmCounts>;
  /** Rejects when the database cannot answer. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Content-addressed files. */
export interface BlobStore {
  /**
   * Takes a stream, at most `maxBytes`, and keeps it under its SHA-256; durable when resolved.
   * @throws FarmError `payload_too_large`, `storage_full`
   */
  put(
    source: AsyncIterable<Uint8Array>,
    maxBytes: number,
  ): Promise<{ sha256: string; sizeBytes: number }>;
  has(sha256: string): Promise<boolean>;
  /** A path for sendfile; undefined when the farm has no such blob. */
  pathOf(sha256: string): Promise<string | undefined>;
  read(sha256: string): Promise<Uint8Array | undefined>;
}

/** Console logs, appended while an attempt runs. */
export interface ConsoleStore {
  /** Bytes stored so far: the offset from which the agent goes on. */
  size(attemptId: string): Promise<number>;
  /** Appends when `offset` is the present size (what is known already is skipped); answers the new size. Written, not yet synced. */
  append(attemptId: string, offset: number, data: Uint8Array): Promise<number>;
  /** Syncs, and proves length and hash; false when they differ. Called before an `attemptEnd` is committed. */
  seal(attemptId: string, expect: { bytes: number; sha256: string }): Promise<boolean>;
  /** Starts a log afresh: after a failed proof the agent sends it again. */
  reset(attemptId: string): Promise<void>;
  /** The bytes stored at the time, from `offset`; none for an attempt without a log. */
  read(attemptId: string, offset: number): AsyncIterable<Uint8Array>;
  /** Gives all file descriptors back. */
  close(): Promise<void>;
}

/** What happens in the farm, for everyone who watches; also across controllers. */
export interface FarmNews {
  readonly change?: Change;
  readonly attemptEvents?: {
    readonly runId: string;
    readonly attemptId: string;
    readonly events: readonly AttemptEvent[];
  };
  /** The console log of the attempt has grown to `size`, or is complete. */
  readonly console?: { readonly attemptId: string; readonly size: number; readonly done: boolean };
}
/** Where news are told and heard. */
export interface NewsFeed {
  publish(news: FarmNews): void;
  /** Returns the way to stop. A listener that throws is logged, never felt by the publisher. */
  subscribe(listener: (news: FarmNews) => void): () => void;
}
