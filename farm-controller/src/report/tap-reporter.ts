import type { ReportCase, ReportRun } from './report-run.js';

/** TAP 14: one test point per run, its cases as a subtest. The plan comes last, when the count is known. */
export async function* tapText(runs: AsyncIterable<ReportRun>): AsyncGenerator<string> {
  yield 'TAP version 14\n';
  let count = 0;
  for await (const run of runs) {
    count += 1;
    const title = escapeText(`${run.name} (${run.target})`);
    const cases = run.cases.map((item, i) => caseLines(item, i + 1)).join('');
    yield `# Subtest: ${title}\n${cases}    1..${run.cases.length}\n`;
    yield `${point(run.outcome, count)} - ${title}${directive(run)}\n`;
    yield diagnosis('  ', {
      verdict: run.verdict,
      rawVerdict: run.rawVerdict,
      board: run.board,
      attempts: run.attempts,
    });
  }
  yield `1..${count}\n`;
}

function caseLines(item: ReportCase, number: number): string {
  const line = `    ${point(item.outcome, number)} - ${escapeText(item.name)}${directive(item)}\n`;
  if (item.outcome === 'passed' || item.outcome === 'skipped') return line;
  const at = item.file === undefined ? undefined : { file: item.file, line: item.line };
  const { message, verdict, detail } = item;
  return line + diagnosis('      ', { message, verdict, at, detail: detail || undefined });
}

function point(outcome: ReportCase['outcome'], number: number): string {
  return `${outcome === 'passed' || outcome === 'skipped' ? 'ok' : 'not ok'} ${number}`;
}

function directive(item: { outcome: string; verdict: string }): string {
  return item.outcome === 'skipped' ? ` # SKIP ${item.verdict}` : '';
}

/** A YAML block; its values are JSON, which YAML reads as well and which nothing in a text can break out of. */
function diagnosis(indent: string, facts: Record<string, unknown>): string {
  const lines = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${indent}${key}: ${JSON.stringify(value)}\n`);
  return `${indent}---\n${lines.join('')}${indent}...\n`;
}

function escapeText(text: string): string {
  return text.replace(/[\\#]/g, (character) => `\\${character}`);
}
