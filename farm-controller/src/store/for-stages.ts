/*
 * What a stage that owns tables writes them with: transactions, and the rows of others that belong into the same one.
 */

export {
  attemptViews,
  eventPage,
  openAttempts,
  openAttemptsOf,
  viewsOfAttempts,
} from './attempt-reads.js';
export { avoidFailedBoards, faultyBoards, isToAvoid } from './board-avoidance.js';
export { judgeBoard } from './board-judgement.js';
export { lockChecks, lockedBoard, moveBoard, moveEach, moveRows } from './board-rows.js';
export { recordTransitions, sinceAt } from './board-transitions.js';
export { chunksFor, groupedInOrder } from './bulk.js';
export { cancelCheck, FORGOTTEN } from './cancel-check.js';
export { putAnalyses } from './change-hints.js';
export { followUp, joined, NO_CHANGE } from './changes.js';
export { dropDuties, putDuty, putExamination } from './duty-writes.js';
export { finishQueued, type QueueEnd } from './finish-queued.js';
export { hurrySubmissions, lookAtCommit } from './github-hints.js';
export { needsHands } from './notice-hints.js';
export { claimOnce, madeBefore } from './once.js';
export { ofOrigin } from './origin-columns.js';
export { foreignCursor, numberCursor, pageOfRows } from './paging.js';
export { countForgotten, countStored, refuseOverBytes } from './quota.js';
export type * from './schema.js';
export { stableId } from './stable-id.js';
export { ACTIVE, DEAD, FINISHED, LIVE, QUEUED, RUNNING, SUSPECT } from './state-literals.js';
export type { Queries, StoreDatabase, Tx } from './store-database.js';
export { writeStreams } from './stream-rows.js';
export { runMove, settleSubmissions } from './submission-settlement.js';
export { createdBefore, insertSubmission } from './submission-store.js';
export { type TestKey, testIdOf } from './test-id.js';
export {
  boardNeed,
  boardView,
  parseJson,
  queuedRun,
  runSpec,
  runView,
  tokenView,
} from './views.js';
