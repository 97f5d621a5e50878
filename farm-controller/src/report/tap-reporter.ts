import { type Outcome, UniqueNames } from '@greenrack/farm-model';
import type { ReportCase } from './report-case.js';
import type { ReportRun } from './report-run.js';
import type { ReportWriter } from './report-writer.js';

/**
 * TAP: one test point per run, its cases as a subtest, which readers of version 13 pass over; some refuse a report that calls
 * itself 14. The plan comes last, when the count is known.
 */
export class TapReport implements ReportWriter {
  readonly #names = new UniqueNames();
  #count = 0;

  head(): string {
    return 'TAP version 13\n';
  }

  *run(run: ReportRun): Iterable<string> {
    this.#count += 1;
    const title = escapeText(this.#names.take(`${run.name} (${run.platform})`));
    yield `# Subtest: ${title}\n`;
    let cases = 0;
    for (const item of run.cases) yield caseLines(item, ++cases);
    yield `    1..${cases}\n${point(run.outcome, this.#count)} - ${title}${directive(run)}\n`;
    const { verdict, rawVerdict, board, boardName, attempts } = run;
    yield diagnosis('  ', { verdict, rawVerdict, board, boardName, attempts });
  }

  tail(): string {
    return `1..${this.#count}\n`;
  }
}

function caseLines(item: ReportCase, number: number): string {
  const line = `    ${point(item.outcome, number)} - ${escapeText(item.name)}${directive(item)}\n`;
  if (item.outcome === 'passed' || item.outcome === 'skipped') return line;
  const at = item.file === undefined ? undefined : { file: item.file, line: item.line };
  const { message, verdict, detail } = item;
  return line + diagnosis('      ', { message, verdict, at, detail: detail || undefined });
}

function point(outcome: Outcome, number: number): string {
  return `${outcome === 'passed' || outcome === 'skipped' ? 'ok' : 'not ok'} ${number}`;
}

/** What was not executed is skipped; what failed as foretold is still to be done, and no reader counts it as red. */
function directive(item: Pick<ReportCase, 'outcome' | 'verdict' | 'message'>): string {
  if (item.outcome !== 'skipped' && item.outcome !== 'expected') return '';
  const why = escapeText(cut(item.message.replaceAll(/\s+/g, ' ')));
  return item.outcome === 'skipped' ? ` # SKIP ${why}` : ` # TODO expected to fail: ${why}`;
}
const MAX_REASON_CHARS = 300;

/** Never in the middle of a character. */
function cut(text: string): string {
  return text.slice(0, MAX_REASON_CHARS).replace(/[\ud800-\udbff]$/, '');
}

/** A YAML block; its values are JSON, which YAML reads as well and which nothing in a text can break out of. */
function diagnosis(indent: string, facts: Record<string, unknown>): string {
  const lines = Object.entries(facts)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${indent}${key}: ${JSON.stringify(value)}\n`);
  return `${indent}---\n${lines.join('')}${indent}...\n`;
}

/** Version 13 has no escapes: what some readers would still take for a directive gets another number sign. */
function escapeText(text: string): string {
  const harmless = text.replace(/#(?=\s*(?:todo|skip))/gi, '\uff03');
  return harmless.replace(/[\\#]/g, (character) => `\\${character}`);
}
