/** How long what is kept, in days. */
export interface RetentionPolicy {
  /** Events, consoles and traces of submissions in which all went well. */
  readonly logsDays: number;
  /** Those of the others. */
  readonly failedLogsDays: number;
  /** Images at least, after they came; and as long as a submission that used them has its logs. */
  readonly imagesDays: number;
  /** How many of the newest submissions of each branch keep all they have. */
  readonly branchNewest: number;
  /** What became of boards. */
  readonly boardHistoryDays: number;
}

export const DAY_MS = 86_400_000;
/** Idempotency keys, which clients use within minutes. */
export const KEYS_KEPT_MS = 2 * DAY_MS;
