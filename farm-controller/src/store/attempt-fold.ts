import { compareCaseVerdicts } from '@greenrack/farm-model';
import type { AttemptEnd, AttemptEvent, CaseVerdict, EventBody } from '@greenrack/farm-protocol';
import type { Admission } from './event-admission.js';
import type { CaseRow, MetricRow } from './schema.js';
import { parseJson } from './views.js';

/** What new events make of an attempt: the columns and rows to write. */
export interface AttemptFold {
  readonly admission: Admission;
  /** Cases that the events mention, by name. */
  readonly cases: Map<string, CaseRow>;
  readonly changedCases: Set<string>;
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

/** Applies the admitted events to the stored `cases`. */
export function foldAttempt(admission: Admission, cases: readonly CaseRow[]): AttemptFold {
  const { attempt } = admission;
  const fold: AttemptFold = {
    admission,
    cases: new Map(cases.map((row) => [row.name, row])),
    changedCases: new Set(),
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
  if (body.type === 'casesListed') {
    fold.casesListed = true;
    for (const name of body.names) caseNamed(fold, name);
  } else if (body.type === 'caseBegin') caseNamed(fold, body.name);
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
  };
  fold.cases.set(name, row);
  fold.changedCases.add(name);
  return row;
}

/** A firmware may run a case again: the worst outcome stays, so a pass never hides a failure. */
function endCase(fold: AttemptFold, body: CaseEnd): void {
  const row = caseNamed(fold, body.name);
  if (row.verdict === null) fold.casesDone += 1;
  else if (!isWorse(body, row, row.verdict)) return;
  const ended: CaseRow = {
    ...row,
    verdict: body.verdict,
    duration_us: body.durationUs,
    failures_json: JSON.stringify(body.failures),
  };
  fold.cases.set(body.name, ended);
  fold.changedCases.add(body.name);
}

function isWorse(body: CaseEnd, row: CaseRow, verdict: CaseVerdict): boolean {
  const step = compareCaseVerdicts(body.verdict, verdict);
  if (step !== 0) return step > 0;
  return body.failures.length > parseJson<unknown[]>(row.failures_json).length;
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
  };
}

/** Cases of the run as people see them: unknown until the firmware lists them or the attempt is over. */
export function casesTotalOf(fold: AttemptFold): number | null {
  return fold.casesListed || fold.end ? fold.casesKnown : null;
}
