import { sql } from 'kysely';
import type { KeyRange, Migration } from '../migration.js';
import type { Tx } from '../store-database.js';
import { testIdOf } from '../test-id.js';

/** Tests have ids that last over builds. What attempts there were count as results of their images. */
export const tests: Migration = {
  version: 20,
  name: 'tests',
  statements: [
    `create table tests (
       id text primary key, target text not null, image_name text not null, case_name text not null,
       first_ms bigint not null)`,
    'create unique index tests_by_name on tests (target, image_name, case_name)',
    'alter table attempts add column test_id text',
    'alter table cases add column test_id text',
    'create index attempts_of_test on attempts (test_id, id) where test_id is not null',
    'create index cases_of_test on cases (test_id, attempt_id) where test_id is not null',
  ],
  fill: {
    table: 'attempts',
    key: 'id',
    batch: async (tx, range) => {
      await nameTests(tx, range, "''");
      await sql`
        update attempts set test_id = (
          select tests.id from runs, tests
          where runs.id = attempts.run_id and runs.health_check = 0 and tests.target = runs.target
            and tests.image_name = runs.image_name and tests.case_name = '')
        where id > ${range.after} and id <= ${range.upTo} and state = 'finished'`.execute(tx);
    },
  },
};

/** The same for the cases of earlier attempts. */
export const testsOfCases: Migration = {
  version: 21,
  name: 'tests-of-cases',
  statements: [],
  fill: {
    table: 'cases',
    key: 'attempt_id',
    batch: async (tx, range) => {
      await nameTests(tx, range, 'cases.name');
      await sql`
        update cases set test_id = (
          select tests.id from attempts, runs, tests
          where attempts.id = cases.attempt_id and runs.id = attempts.run_id and runs.health_check = 0
            and tests.target = runs.target and tests.image_name = runs.image_name
            and tests.case_name = cases.name)
        where attempt_id > ${range.after} and attempt_id <= ${range.upTo}`.execute(tx);
    },
  },
};

interface Named {
  target: string;
  image_name: string;
  case_name: string;
  first_ms: number;
}

/** Rows that one statement writes. */
const CHUNK = 2_000;

async function nameTests(tx: Tx, { after, upTo }: KeyRange, name: "''" | 'cases.name') {
  const cases = name === "''" ? sql`` : sql`join cases on cases.attempt_id = attempts.id`;
  const { rows } = await sql<Named>`
    select runs.target, runs.image_name, ${sql.raw(name)} as case_name, min(attempts.started_ms) as first_ms
    from attempts join runs on runs.id = attempts.run_id ${cases}
    where attempts.id > ${after} and attempts.id <= ${upTo} and runs.health_check = 0
    group by runs.target, runs.image_name, ${sql.raw(name === "''" ? 'runs.target' : name)}`.execute(
    tx,
  );
  for (let i = 0; i < rows.length; i += CHUNK) {
    const values = rows
      .slice(i, i + CHUNK)
      .map(
        (row) =>
          sql`(${testIdOf(row)}, ${row.target}, ${row.image_name}, ${row.case_name}, ${Number(row.first_ms)})`,
      );
    await sql`
      insert into tests (id, target, image_name, case_name, first_ms)
      values ${sql.join(values)} on conflict do nothing`.execute(tx);
  }
}
