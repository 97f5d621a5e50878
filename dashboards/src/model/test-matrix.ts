import type { TestResult } from '@greenrack/farm-protocol';

/** A column: one submission of the test. */
export interface TestBuild {
  readonly key: string;
  readonly label: string;
  readonly atMs: number;
  readonly submissionId: string;
}

export interface TestMatrixRow {
  readonly board: string;
  readonly label: string;
  /** In the order of the builds; the latest attempt first. */
  readonly cells: readonly (readonly TestResult[])[];
}

export interface TestMatrix {
  readonly builds: readonly TestBuild[];
  readonly rows: readonly TestMatrixRow[];
}

const natural = new Intl.Collator('en', { numeric: true });

const whenOf = ({ origin, atMs }: TestResult) => origin?.commitMs ?? atMs;

/** Boards × builds of one test: the builds by their commits, the latest first: it is what one sees on a phone. */
export function testMatrix(results: readonly TestResult[]): TestMatrix {
  const builds = new Map<string, TestBuild>();
  const boards = new Map<string, { label: string; results: Map<string, TestResult[]> }>();
  for (const result of results) {
    const key = result.submissionId;
    const label = result.origin?.sha.slice(0, 7) ?? key.slice(-6);
    if (!builds.has(key)) builds.set(key, { key, label, atMs: whenOf(result), submissionId: key });
    const board = boards.get(result.boardSerial) ?? {
      label: result.boardName ?? result.boardSerial,
      results: new Map<string, TestResult[]>(),
    };
    boards.set(result.boardSerial, board);
    const cell = board.results.get(key);
    if (cell) cell.push(result);
    else board.results.set(key, [result]);
  }
  const columns = [...builds.values()].sort((a, b) => b.atMs - a.atMs || (a.key < b.key ? 1 : -1));
  const rows = [...boards].map(([board, { label, results: own }]) => ({
    board,
    label,
    cells: columns.map(({ key }) => own.get(key) ?? []),
  }));
  return { builds: columns, rows: rows.sort((a, b) => natural.compare(a.label, b.label)) };
}
