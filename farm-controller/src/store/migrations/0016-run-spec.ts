import { sql } from 'kysely';
import type { Migration } from '../migration.js';

/** Runs keep the parsed spec as one piece: a setting that is new is a field of it and no column. */
export const runSpec: Migration = {
  version: 16,
  name: 'run-spec',
  statements: [`alter table runs add column spec_json text not null default '{}'`],
  fill: {
    table: 'runs',
    key: 'id',
    // What is put between quotes is closed by its schema; all else is a number or JSON already.
    batch: async (tx, { after, upTo }) => {
      await sql`
        update runs set spec_json = '{"requirement":' || requirement_json || ',"timeoutMs":' || timeout_ms
          || ',"queueTimeoutMs":' || queue_timeout_ms || ',"maxAttempts":' || max_attempts || ',"retries":' || retries
          || ',"expect":"' || expectation || '"'
          || coalesce(',"hostTest":"' || host_test || '"', '') || coalesce(',"clock":"' || clock || '"', '')
          || coalesce(',"timing":' || timing_json, '') || coalesce(',"compareLog":' || compare_log_json, '')
          || coalesce(',"expectCases":' || case_expectations_json, '') || coalesce(',"build":' || build_json, '') || '}'
        where id > ${after} and id <= ${upTo}`.execute(tx);
    },
  },
};
