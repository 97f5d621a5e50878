import { sql } from 'kysely';

/*
 * States that partial indexes are made of stand in the SQL text: SQLite cannot know at planning time that a bound
 * parameter will be 'queued' and would scan the whole table.
 */
export const QUEUED = sql.lit('queued' as const);
export const RUNNING = sql.lit('running' as const);
export const FINISHED = sql.lit('finished' as const);
export const ACTIVE = sql.lit('active' as const);
export const SUSPECT = sql.lit('suspect' as const);
/** `health_check` of a run that is one. */
export const CHECK = sql.lit(1 as const);
/** `of_farm` of a submission of people. */
export const OF_PEOPLE = sql.lit(0 as const);
/** `dead` of a duty that is still to be done, and of one that was given up. */
export const LIVE = sql.lit(0 as const);
export const DEAD = sql.lit(1 as const);
export const RUN_STATE = { queued: QUEUED, running: RUNNING, finished: FINISHED } as const;
