import { beginningExecution, endingExecution, replacesEnd } from '@greenrack/farm-model';
import type { AttemptEnd, AttemptEvent, EventBody } from '@greenrack/farm-protocol';
import { type CaseRow, type MetricRow, parseJson } from '../store/for-stages.js';
import type { Admission } from './event-admission.js';
import { testOfCase } from './test-identity.js';

/** What new events make of an attempt: the columns and rows to write. */
export interface AttemptFold {
  readonly admission: Admission;
  /** Cases that the events mention, by name. */
  readonly cases: Map<string, CaseRow>;
  readonly changedCases: Set<string>;
  /** Those that the store has not heard of in this attempt. */
  readonly newCases: Set<string>;
  /** The firmware started over: what is stored of its cases is void. */
  startedOver: boolean;
  readonly metrics: MetricRow[];
  casesKnown: number;
  casesDone: number;
  casesListed: boolean;
  crashJson: string | null;
  end: AttemptEnd | null;
}

type CaseEnd = Extract<EventBody, { type: 'caseEnd' }>;

/** Names of cases that these events mention: their rows are needed for the fold. */
export function mentionedCases(events: readonly AttemptEvent[]): string[] {
  return events.flatMap(({ body }) => {
    if (body.type === 'casesListed') return body.names;
    return body.type === 'caseBegin' || body.type === 'caseEnd' ? [body.name] : [];
  });
}

/** Whether a case that has ended runs again, under a name that only the rows of all its executions can tell. */
export function hasRepeats(events: readonly AttemptEvent[], cases: readonly CaseRow[]): boolean {
  const ended = new Set(cases.filter((row) => row.verdict !== null).map((row) => row.name));
  return events.some(
    ({ body }) => (body.type === 'caseBegin' || body.type === 'caseEnd') && ended.has(body.name),
  );
}

/** Applies the admitted events to the stored `cases`. */
export function foldAttempt(admission: Admission, cases: readonly CaseRow[]): AttemptFold {
  const { attempt } = admission;
  const fold: AttemptFold = {
    admission,
    cases: new Map(cases.map((row) => [row.name, row])),
    changedCases: new Set(),
    newCases: new Set(),
    startedOver: false,
    metrics: [],
    casesKnown: attempt.cases_known,
    casesDone: attempt.cases_done,
    casesListed: attempt.cases_listed === 1,
    crashJson: null,
    end: null,
  };
  for (const event of admission.events) foldEvent(fold, event);
  return fold;
}

function foldEvent(fold: AttemptFold, { seq, body }: AttemptEvent): void {
  if (body.type === 'handshake') startOver(fold);
  else if (body.type === 'casesListed') {
    fold.casesListed = true;
    for (const name of body.names) caseNamed(fold, name);
  } else if (body.type === 'caseBegin') beginCase(fold, body.name);
  else if (body.type === 'caseEnd') endCase(fold, body);
  else if (body.type === 'metric') fold.metrics.push(metricRow(fold, seq, body.metric));
  else if (body.type === 'crash') fold.crashJson ??= JSON.stringify(body.crash);
  else if (body.type === 'attemptEnd') fold.end = body;
}

function caseNamed(fold: AttemptFold, name: string): CaseRow {
  const known = fold.cases.get(name);
  if (known) return known;
  const row: CaseRow = {
    attempt_id: fold.admission.attempt.id,
    name,
    ordinal: fold.casesKnown++,
    verdict: null,
    duration_us: null,
    failures_json: '[]',
    test_id: testOfCase(fold.admission.attempt, name),
  };
  fold.cases.set(name, row);
  fold.newCases.add(name);
  fold.changedCases.add(name);
  return row;
}

/** A firmware that answers the handshake again has begun anew: the cases of the board's earlier start do not count. */
function startOver(fold: AttemptFold): void {
  if (fold.casesKnown === 0) return;
  fold.startedOver = true;
  fold.cases.clear();
  fold.changedCases.clear();
  fold.casesKnown = 0;
  fold.casesDone = 0;
  fold.casesListed = false;
}

/** Agents tell executions of a case apart themselves; one that does not sends the same name again. */
function beginCase(fold: AttemptFold, name: string): void {
  caseNamed(fold, beginningExecution(name, verdictsOf(fold)));
}

const verdictsOf = (fold: AttemptFold) => (name: string) => fold.cases.get(name)?.verdict;

function endCase(fold: AttemptFold, body: CaseEnd): void {
  const row = caseNamed(fold, endingExecution(body.name, verdictsOf(fold)));
  if (row.verdict === null) fold.casesDone += 1;
  else if (!replacesEnd(body, { verdict: row.verdict, failures: parseJson(row.failures_json) }))
    return;
  const ended: CaseRow = {
    ...row,
    verdict: body.verdict,
    duration_us: body.durationUs,
    failures_json: JSON.stringify(body.failures),
  };
  fold.cases.set(row.name, ended);
  fold.changedCases.add(row.name);
}

type MetricOf = Extract<EventBody, { type: 'metric' }>['metric'];

function metricRow(fold: AttemptFold, seq: number, metric: MetricOf): MetricRow {
  return {
    attempt_id: fold.admission.attempt.id,
    seq,
    name: metric.name,
    value: metric.value,
    unit: metric.unit,
    direction: metric.direction,
    case_name: metric.caseName ?? null,
    kind: metric.kind ?? null,
    refused: null,
  };
}

/** Cases of the run as people see them: unknown until the firmware lists them or the attempt is over. */
export function casesTotalOf(fold: AttemptFold): number | null {
  return fold.casesListed || fold.end ? fold.casesKnown : null;
}
