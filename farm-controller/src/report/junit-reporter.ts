import junitModule, { type Builder, type TestCase, type TestSuite } from 'junit-report-builder';
import { cleanLine } from './clean-text.js';
import type { ReportCase, ReportRun } from './report-run.js';

// The package is CommonJS whose types promise an ES module's default export.
const junit = junitModule as unknown as Builder;

/**
 * JUnit XML, one test suite per run. Each suite is built by itself and passed on, so that memory does not grow with
 * their number; the totals that some tools put on the root are left out for that reason (they are optional).
 */
export async function* junitXml(
  name: string,
  runs: AsyncIterable<ReportRun>,
): AsyncGenerator<string> {
  yield `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="${escapeAttribute(cleanLine(name))}">\n`;
  for await (const run of runs) yield suiteXml(run);
  yield '</testsuites>\n';
}

function suiteXml(run: ReportRun): string {
  const builder = junit.newBuilder();
  fillSuite(builder.testSuite(), run);
  const document = builder.build();
  const from = document.indexOf('<testsuite ');
  return `  ${document.slice(from, document.lastIndexOf('</testsuites>')).trimEnd()}\n`;
}

function fillSuite(suite: TestSuite, run: ReportRun): void {
  suite.name(run.name).time(run.durationMs / 1000);
  if (run.startedMs !== null) suite.timestamp(new Date(run.startedMs));
  const { id, target, board, attempts, verdict } = run;
  for (const [key, value] of Object.entries({ run: id, target, board, attempts, verdict }))
    suite.property(key, String(value));
  if (run.rawVerdict) suite.property('rawVerdict', run.rawVerdict);
  for (const item of run.cases) fillCase(suite.testCase(), item, run);
}

function fillCase(node: TestCase, item: ReportCase, run: ReportRun): void {
  node
    .className(`${run.target}.${run.name}`)
    .name(item.name)
    .time(item.durationMs / 1000);
  if (item.file !== undefined) node.file(item.file);
  switch (item.outcome) {
    case 'passed':
      return;
    case 'skipped':
      node.skipped();
      return;
    case 'failed':
      node.failure(item.message, item.verdict).stacktrace(bodyText(item));
      return;
    case 'error':
    case 'unfinished':
      node.error(item.message, item.verdict, bodyText(item));
  }
}

/** The library takes only the first `]]>` of a CDATA section apart; a second one would end it in the middle. */
function bodyText(item: ReportCase): string {
  return (item.detail || item.message).replaceAll(']]>', ']] >');
}

function escapeAttribute(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
