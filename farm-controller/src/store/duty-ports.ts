import type { Page, PageRequest } from './change-ports.js';

/** What a duty is for; its subject is what it is about. */
export type DutyKind =
  /** Runs of the submission that have waited too long end. */
  | 'expireQueued'
  /** The board, by serial, may be suspect: the next step of its health check. */
  | 'examineBoard'
  /** The time of the schedule may have come. */
  | 'runSchedule'
  /** A delivery of GitHub, by its id: what it means is to be done. */
  | 'githubEvent'
  /** A commit at GitHub, by our id of it: its checks are to say what is known. */
  | 'githubCheck'
  /** What a fork's workflow has built, by our id of it: to be looked for, or to be fetched and submitted. */
  | 'githubArtifact'
  /** What GitHub told while nobody listened, by the id of the App; then what a repository has, by its name and since when. */
  | 'githubCatchUp'
  | 'githubReconcile'
  /** What an attempt has measured, by its id, is to be looked at in its series. */
  | 'analyseAttempt'
  /** What the images of a submission are by themselves, by its id, is to be measured. */
  | 'measureImages'
  /** The next step to confirm a change, or to find its first build. */
  | 'pursueChange'
  /** A round of what the policy lets go; then the logs of a submission, the bytes of an image. */
  | 'retain'
  | 'removeLogs'
  | 'removeImage'
  /** What a submission, a change or a board has to tell is written for those who want to know; then sent to one of them. */
  | 'gatherNotices'
  | 'sendNotices'
  /** An unfinished upload, by its id, is given up; of one that has ended the pieces are removed. */
  | 'endUpload';

/** Something that must happen. There is one duty of a kind for a subject; whoever wants it sooner moves it forward. */
export interface NewDuty {
  readonly kind: DutyKind;
  /** What it is about, such as the id of a submission. */
  readonly subject: string;
  readonly dueMs: number;
}

/** A duty that one controller has taken on until `ownerUntilMs`; another may take it after. */
export interface ClaimedDuty extends NewDuty {
  readonly id: string;
  /** Failures in a row before this try. */
  readonly tries: number;
  /** Grows when somebody asks for it again; what was asked for meanwhile is not done by this try. */
  readonly revision: number;
}

/** A duty as an operator sees it. */
export interface DutyState {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly dueMs: number;
  readonly tries: number;
  readonly lastError: string | null;
  /** Given up after too many tries: it waits for an operator. */
  readonly dead: boolean;
  readonly owner: string | null;
}

/** How one try ended. `againMs`: there is more to do then. */
export type DutyEnd =
  | { readonly kind: 'done'; readonly againMs?: number }
  | {
      readonly kind: 'failed';
      readonly error: string;
      readonly retryMs: number;
      readonly dead: boolean;
    };

/** Who takes duties on. */
export interface DutyClaim {
  readonly owner: string;
  readonly kind: DutyKind;
  readonly nowMs: number;
  /** When somebody else may take them, because this owner has died. */
  readonly untilMs: number;
  readonly limit: number;
}

/** What must happen, for whichever controller has time. Duties are written by the transactions that make them due. */
export interface DutyStore {
  /** Takes on what is due, the longest due first. */
  claim(claim: DutyClaim): Promise<ClaimedDuty[]>;
  /** Ends a try. Nothing happens when another owner has taken it over. */
  end(duty: ClaimedDuty, owner: string, end: DutyEnd): Promise<void>;
  /** By kind, when the next may be claimed. Kinds of which there is none are left out. */
  nextDueMs(): Promise<ReadonlyMap<DutyKind, number>>;
  /** Those that were given up, or all, by id. */
  list(only: 'dead' | 'all', page: PageRequest): Promise<Page<DutyState>>;
  /** Has a duty tried at once, as if for the first time. False when there is none. */
  retry(id: string, nowMs: number): Promise<boolean>;
  /** Frees what dead controllers were at; for one that is alone, before it takes on anything. */
  disown(): Promise<void>;
  /** Has `listener` told after each transaction of this store that wrote one. */
  onWritten(listener: () => void): void;
  /** How many there are, by kind, and how long the longest due one has been due, in ms. */
  backlog(nowMs: number): Promise<readonly DutyBacklog[]>;
}

export interface DutyBacklog {
  readonly kind: string;
  readonly due: number;
  readonly dead: number;
  /** 0 when none is due. */
  readonly oldestDueMs: number;
}
