/* Rows of what GitHub said and was told; what columns hold is said in schema.ts. */
/** A delivery of GitHub: kept so that the same one means nothing when it comes again. */
export interface GithubDeliveryRow {
  id: string;
  name: string;
  /** What it means for the farm (`GithubEvent`); null when it means nothing. */
  event_json: string | null;
  received_ms: number;
}

/** A commit that GitHub has told of. */
export interface GithubHeadRow {
  id: string;
  installation_id: number;
  repository_id: number;
  owner: string;
  name: string;
  /** As submissions name it: host and path. */
  repository: string;
  sha: string;
  ref: string;
  /** Of what it is wanted for now, the pull request that was opened first, and the commit that it is to go into. */
  base_sha: string | null;
  pull_request: number | null;
  /** It comes from another repository. */
  fork: number;
  /** It is in a merge queue. */
  queued: number;
  state: 'open' | 'superseded' | 'closed';
  /** Why it is no longer wanted. */
  why: string;
  /** Whose submissions count. */
  tenant: string;
  /** When it happened at GitHub: the newest commit of a pull request is the one that counts. */
  event_ms: number;
  /** Until when it waits for images. */
  wait_until_ms: number;
  received_ms: number;
  /** When it stopped being wanted: what was submitted before then is cancelled. */
  ended_ms: number | null;
  /** What could not be done for whoever pressed a button last; null for nothing. */
  refused: string | null;
  /** What the policy says of this change (`HeadPlan`); null before anybody has looked. */
  plan_json: string | null;
  /** Who let what a fork has built of it onto boards; null when nobody did since it was last wanted anew. */
  approved_by: string | null;
}

/**
 * What an attempt of a fork's workflow has built: one row that stands for the attempt itself, and one for each artifact
 * of it that is for the farm.
 */
export interface GithubArtifactRow {
  id: string;
  installation_id: number;
  repository_id: number;
  owner: string;
  name: string;
  /** The commit that it ran for, as GitHub says. */
  sha: string;
  run_id: number;
  attempt: number;
  /** Its name, and its page. */
  workflow: string;
  url: string;
  /** 0 for the attempt itself. */
  artifact_id: number;
  artifact: string;
  /**
   * `ended`: nobody has asked for its artifacts; `listed`: they have rows. Of an artifact: `held` until it is approved
   * and has been fetched; `submitted`, `refused`.
   */
  state: 'ended' | 'listed' | 'held' | 'submitted' | 'refused';
  /** Why it is refused, or waits though it is approved; of an attempt why it has nothing for the farm. */
  why: string;
}

/** Something that a commit is wanted for. A commit is open for as long as it has one of these. */
export interface GithubWantRow {
  head_id: string;
  /** `pull/7`, or the name of a branch or of a merge group: `refs/heads/main`. */
  reason: string;
  repository_id: number;
  /** When it was last said at GitHub. */
  at_ms: number;
  /** The commit that it is to go into; null for what was pushed to a branch. */
  base_sha: string | null;
  /** It is no longer so. The row stays, for deliveries that come late. */
  gone: number;
}

/** Pauses of one installation, for all controllers. */
export interface GithubBudgetRow {
  installation_id: number;
  not_before_ms: number;
  /** Times in a row that nobody answered. */
  failures: number;
}

/** Until when the farm has heard of all that happened at GitHub. */
export interface GithubCatchUpRow {
  app_id: number;
  heard_ms: number;
}

/** The comment on a pull request; there is one at most. */
export interface GithubCommentRow {
  /** Stands in its text, where nobody sees it. */
  id: string;
  repository_id: number;
  pull_request: number;
  comment_id: number | null;
  /** Its making has begun: when its id is not known, GitHub may have it all the same. */
  tried: number;
  /** Of what it says. */
  digest: string;
  created_ms: number;
}

/** A case that is reported and does not gate. */
export interface QuarantinedCaseRow {
  id: string;
  tenant: string;
  /** Of what it is the case, as a hash: there is one entry for each. */
  place: string;
  owner_json: string;
  /** What was asked for (`QuarantineRequest`). */
  entry_json: string;
  created_ms: number;
  until_ms: number;
}

/** A policy file that was read, by its bytes. */
export interface GithubPolicyRow {
  repository_id: number;
  blob_sha: string;
  policy_json: string | null;
  /** What is wrong with it, with the line. */
  fault: string | null;
  used_ms: number;
}

/** A write to GitHub of the last hour. */
export interface GithubWriteRow {
  repository_id: number;
  installation_id: number;
  at_ms: number;
}

/** A check at GitHub, as it was written there last. */
export interface GithubCheckRow {
  /** GitHub has it as the check's external id. */
  id: string;
  head_id: string;
  name: string;
  /** What has ended is never opened again: there is a new one, of the next round. */
  round: number;
  check_run_id: number | null;
  /** Its making has begun: when its id is not known, GitHub may have it all the same. */
  tried: number;
  status: string;
  /** Of all that was said last. */
  digest: string;
  sent_ms: number;
  /** Annotations that are there, and that were sent: in between, GitHub knows. */
  annotations: number;
  annotations_tried: number;
}
