/*
 * What a stage that owns tables writes them with: transactions, and the rows of others that belong into the same one.
 */

export { openAttempts, openAttemptsOf } from './attempt-reads.js';
export { faultyBoards, isToAvoid } from './board-avoidance.js';
export { recordTransitions, sinceAt } from './board-transitions.js';
export { chunksFor, groupedInOrder } from './bulk.js';
export { dropDuties, putDuty } from './duty-writes.js';
export { hurrySubmissions } from './github-hints.js';
export { claimOnce, madeBefore } from './once.js';
export { ofOrigin } from './origin-columns.js';
export { foreignCursor, numberCursor, pageOfRows } from './paging.js';
export { countForgotten } from './quota.js';
export type * from './schema.js';
export { seriesView } from './series-store.js';
export { stableId } from './stable-id.js';
export { ACTIVE, QUEUED } from './state-literals.js';
export type { Queries, StoreDatabase, Tx } from './store-database.js';
export { runMove, settleSubmissions } from './submission-settlement.js';
export { createdBefore, insertSubmission } from './submission-store.js';
export { boardView, parseJson, queuedRun, runSpec, runView } from './views.js';
