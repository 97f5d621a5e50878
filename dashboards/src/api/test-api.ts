import {
  pageOf,
  type TestResult,
  type TestView,
  testResultSchema,
  testViewSchema,
} from '@greenrack/farm-protocol';
import type { FarmApi, Page } from './farm-api.js';

const testPageSchema = pageOf(testViewSchema);
const resultPageSchema = pageOf(testResultSchema);

/** Which tests; each field needs the ones before it. */
export interface TestQuestion {
  readonly target?: string;
  readonly image?: string;
  /** Empty: the image as a whole. */
  readonly case?: string;
}

/** A question as it stands in an address. */
export function testQuery(question: TestQuestion): URLSearchParams {
  return new URLSearchParams(
    Object.entries(question).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Tests in the order of target, image and case. */
export function listTests(
  api: FarmApi,
  question: TestQuestion,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
): Promise<Page<TestView>> {
  const query = testQuery(question);
  query.set('limit', String(page.limit));
  if (page.cursor !== undefined) query.set('cursor', page.cursor);
  return api.http.get(`/tests?${query}`, testPageSchema, signal);
}

/** Latest results of one test, the newest first; none when nobody knows the test. */
export async function testResults(
  api: FarmApi,
  question: Required<TestQuestion>,
  limit: number,
  signal: AbortSignal,
): Promise<Page<TestResult>> {
  const [test] = (await listTests(api, question, { limit: 1 }, signal)).items;
  if (!test) return { items: [], nextCursor: null };
  return api.http.get(`/tests/${test.id}/history?limit=${limit}`, resultPageSchema, signal);
}
