/*
 * What a stage that owns tables writes them with: transactions, and the rows of others that belong into the same one.
 */

export { dropDuties, putDuty } from './duty-writes.js';
export { claimOnce, madeBefore } from './once.js';
export { ofOrigin } from './origin-columns.js';
export { numberCursor, pageOfRows } from './paging.js';
export type * from './schema.js';
export type { Queries, StoreDatabase, Tx } from './store-database.js';
export { createdBefore, insertSubmission } from './submission-store.js';
