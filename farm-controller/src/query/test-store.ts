import type { Origin, TestResult, TestView } from '@greenrack/farm-protocol';
import { sql } from 'kysely';
import {
  type CaseRow,
  FINISHED,
  foreignCursor,
  pageOfRows,
  parseJson,
  runSpec,
  type StoreDatabase,
  type TestRow,
} from '../store/for-stages.js';
import type { Page, PageRequest, TestFilter, TestStore } from '../store/ports.js';

/** Tests in the database. */
export class SqlTestStore implements TestStore {
  readonly #db: StoreDatabase;

  constructor(db: StoreDatabase) {
    this.#db = db;
  }

  async list(filter: TestFilter, page: PageRequest): Promise<Page<TestView>> {
    let query = this.#db.queries.selectFrom('tests').selectAll();
    if (filter.target !== undefined) query = query.where('target', '=', filter.target);
    if (filter.imageName !== undefined) query = query.where('image_name', '=', filter.imageName);
    if (filter.caseName !== undefined) query = query.where('case_name', '=', filter.caseName);
    if (page.cursor !== undefined) {
      const { target, image_name, case_name } = await this.#row(page.cursor).then(orForeign);
      query = query.where(
        sql<boolean>`(target, image_name, case_name) > (${target}, ${image_name}, ${case_name})`,
      );
    }
    const ordered = query.orderBy('target').orderBy('image_name').orderBy('case_name');
    const rows = await ordered.limit(page.limit + 1).execute();
    return pageOfRows(rows, page, { view: testView, cursorOf: (row) => row.id });
  }

  async get(id: string): Promise<TestView | undefined> {
    const row = await this.#row(id);
    return row && testView(row);
  }

  async history(id: string, page: PageRequest): Promise<Page<TestResult>> {
    const test = await this.#row(id);
    if (!test) return { items: [], nextCursor: null };
    const rows = await (test.case_name === ''
      ? this.#ofImage(id, page)
      : this.#ofCase(id, page)
    ).execute();
    return pageOfRows(rows, page, { view: resultView, cursorOf: (row) => row.attempt_id });
  }

  #row(id: string): Promise<TestRow | undefined> {
    return this.#db.queries.selectFrom('tests').selectAll().where('id', '=', id).executeTakeFirst();
  }

  #ofCase(testId: string, { limit, cursor }: PageRequest) {
    let query = this.#db.queries
      .selectFrom('cases')
      .innerJoin('attempts', 'attempts.id', 'cases.attempt_id')
      .innerJoin('runs', 'runs.id', 'attempts.run_id')
      .innerJoin('submissions', 'submissions.id', 'runs.submission_id')
      .select([...RESULT, 'cases.verdict', 'cases.duration_us'])
      .where('cases.test_id', '=', testId)
      .where('attempts.state', '=', FINISHED);
    if (cursor !== undefined) query = query.where('cases.attempt_id', '<', cursor);
    return query.orderBy('cases.attempt_id', 'desc').limit(limit + 1);
  }

  #ofImage(testId: string, { limit, cursor }: PageRequest) {
    let query = this.#db.queries
      .selectFrom('attempts')
      .innerJoin('runs', 'runs.id', 'attempts.run_id')
      .innerJoin('submissions', 'submissions.id', 'runs.submission_id')
      .select([
        ...RESULT,
        'attempts.verdict',
        sql<number>`1000 * (attempts.finished_ms - attempts.started_ms)`.as('duration_us'),
      ])
      .where('attempts.test_id', '=', testId);
    if (cursor !== undefined) query = query.where('attempts.id', '<', cursor);
    return query.orderBy('attempts.id', 'desc').limit(limit + 1);
  }
}

const RESULT = [
  'attempts.id as attempt_id',
  'attempts.number',
  'attempts.run_id',
  'attempts.board_serial',
  'attempts.board_name',
  'attempts.finished_ms',
  'runs.submission_id',
  'runs.image_sha256',
  'runs.spec_json',
  'submissions.origin_json',
] as const;

interface ResultRow {
  attempt_id: string;
  number: number;
  run_id: string;
  board_serial: string;
  board_name: string | null;
  finished_ms: number | null;
  submission_id: string;
  image_sha256: string;
  spec_json: string;
  origin_json: string | null;
  verdict: TestResult['verdict'];
  duration_us: CaseRow['duration_us'];
}

function orForeign<T>(row: T | undefined): T {
  if (row === undefined) throw foreignCursor();
  return row;
}

export function testView(row: TestRow): TestView {
  return {
    id: row.id,
    target: row.target,
    imageName: row.image_name,
    caseName: row.case_name === '' ? null : row.case_name,
    firstMs: row.first_ms,
  };
}

function resultView(row: ResultRow): TestResult {
  const { build } = runSpec(row);
  return {
    attemptId: row.attempt_id,
    attemptNumber: row.number,
    runId: row.run_id,
    submissionId: row.submission_id,
    boardSerial: row.board_serial,
    ...(row.board_name !== null && { boardName: row.board_name }),
    verdict: row.verdict,
    durationUs: row.duration_us,
    imageSha256: row.image_sha256,
    ...(row.origin_json !== null && { origin: parseJson<Origin>(row.origin_json) }),
    ...(build && { build }),
    atMs: row.finished_ms ?? 0,
  };
}
