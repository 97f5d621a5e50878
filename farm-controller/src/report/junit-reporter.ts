import { type Outcome, UniqueNames } from '@greenrack/farm-model';
import type { SubmissionView } from '@greenrack/farm-protocol';
import { cleanLine } from './clean-text.js';
import { type OriginFacts, originFacts } from './origin-facts.js';
import type { ReportCase } from './report-case.js';
import type { ReportRun } from './report-run.js';
import type { ReportWriter } from './report-writer.js';
import { cdata, element } from './xml-text.js';

const newCounts = () => ({ tests: 0, failures: 0, errors: 0, skipped: 0 });

/**
 * JUnit XML as Jenkins' xUnit plugin, the strictest reader, lets it pass: one test suite per run, totals on each and on
 * the root (which may not count skipped ones), no attribute but the schema's. Places of failures stand in their texts.
 */
export class JunitReport implements ReportWriter {
  readonly #name: string;
  readonly #origin: OriginFacts;
  readonly #classNames = new UniqueNames();
  readonly #suiteNames = new Set<string>();
  readonly #totals = { ...newCounts(), ms: 0 };

  constructor(submission: SubmissionView) {
    this.#name = cleanLine(submission.name);
    this.#origin = originFacts(submission.origin);
  }

  head(): string {
    const { tests, failures, errors, ms } = this.#totals;
    const facts = { name: this.#name, tests, failures, errors, time: seconds(ms) };
    return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${element(facts)}>\n`;
  }

  *run(run: ReportRun): Iterable<string> {
    const className = this.#classNames.take(`${run.platform}.${run.name}`);
    const counts = newCounts();
    for (const outcome of run.outcomes) count(counts, outcome);
    yield `  <testsuite${element(suiteFacts(run, this.#suiteName(run, className), counts))}>\n${properties(run, this.#origin)}`;
    for (const item of run.cases) yield caseXml(item, className);
    yield '  </testsuite>\n';
    this.#add(counts, run.durationMs);
  }

  tail(): string {
    return '</testsuites>\n';
  }

  /** The run's own name, with its platform where another one has a run of that name. */
  #suiteName({ platform }: ReportRun, className: string): string {
    const name = className.slice(platform.length + 1);
    const unique = this.#suiteNames.has(name) ? `${name} (${platform})` : name;
    this.#suiteNames.add(unique);
    return unique;
  }

  #add(counts: ReturnType<typeof newCounts>, ms: number): void {
    const totals = this.#totals;
    totals.tests += counts.tests;
    totals.failures += counts.failures;
    totals.errors += counts.errors;
    totals.ms += ms;
  }
}

function count(counts: ReturnType<typeof newCounts>, outcome: Outcome): void {
  counts.tests += 1;
  if (outcome === 'failed') counts.failures += 1;
  else if (outcome === 'error' || outcome === 'unfinished') counts.errors += 1;
  else if (outcome !== 'passed') counts.skipped += 1;
}

function suiteFacts(run: ReportRun, name: string, counts: ReturnType<typeof newCounts>) {
  const started = run.startedMs === null ? undefined : new Date(run.startedMs);
  return {
    name,
    ...counts,
    time: seconds(run.durationMs),
    timestamp: started?.toISOString().slice(0, 19),
    hostname: run.boardName ?? (run.board || undefined),
  };
}

function properties(run: ReportRun, origin: OriginFacts): string {
  const { id, target, toolchain, board, boardName, attempts, verdict, rawVerdict } = run;
  const facts = {
    run: id,
    target,
    ...(toolchain !== undefined && { toolchain }),
    board,
    ...(boardName !== undefined && { boardName }),
    attempts,
    verdict,
    ...(rawVerdict && { rawVerdict }),
    ...origin,
  };
  const lines = Object.entries(facts).map(
    ([name, value]) => `      <property${element({ name, value })}/>\n`,
  );
  return `    <properties>\n${lines.join('')}    </properties>\n`;
}

function caseXml(item: ReportCase, classname: string): string {
  const open = `    <testcase${element({ classname, name: item.name, time: seconds(item.durationMs) })}`;
  const why = { message: item.message, type: item.verdict };
  const body = cdata(item.detail || item.message);
  switch (item.outcome) {
    case 'passed':
      return `${open}/>\n`;
    case 'skipped':
    case 'expected':
      return `${open}>\n      <skipped${element(why)}/>\n    </testcase>\n`;
    case 'failed':
      return `${open}>\n      <failure${element(why)}>${body}</failure>\n    </testcase>\n`;
    case 'error':
    case 'unfinished':
      return `${open}>\n      <error${element(why)}>${body}</error>\n    </testcase>\n`;
  }
}

/** Microseconds are what cases are measured in; more digits would be noise of binary fractions. */
function seconds(ms: number): string {
  return (ms / 1000).toFixed(6).replace(/\.?0+$/, '');
}
