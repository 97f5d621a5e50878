import { MAIN_ROLE } from '@greenrack/farm-model';
import {
  type Assignment,
  type AttemptView,
  type Availability,
  type BoardSpec,
  type BoardTransition,
  type BoardView,
  type CaseView,
  type MetricView,
  type Origin,
  type Removed,
  RUN_DEFAULTS,
  type RunSpec,
  type RunView,
  type SubmissionView,
  type TokenView,
  type VerdictCounts,
} from '@greenrack/farm-protocol';
import type { BoardNeed, QueuedRun } from './ports.js';
import type {
  AttemptRow,
  BoardRow,
  BoardTransitionRow,
  CaseRow,
  MetricRow,
  RunRow,
  SubmissionRow,
  TokenRow,
} from './schema.js';

/** JSON columns hold what this store wrote from validated values. */
export function parseJson<T>(text: string): T {
  return JSON.parse(text) as T;
}

export function submissionView(row: SubmissionRow, verdicts: VerdictCounts): SubmissionView {
  return {
    id: row.id,
    name: row.name,
    tenant: row.tenant,
    submitter: row.submitter,
    ...(row.origin_json !== null && { origin: parseJson<Origin>(row.origin_json) }),
    ...(row.rerun_of !== null && { rerunOf: row.rerun_of }),
    ...(row.pinned_by !== null && { pinnedBy: row.pinned_by }),
    ...removedOf(row),
    band: row.band,
    state: row.state,
    cancelled: row.cancelled === 1,
    runsTotal: row.runs_total,
    runsFinished: row.runs_finished,
    runsRunning: row.runs_running,
    verdicts,
    createdMs: row.created_ms,
    finishedMs: row.finished_ms,
    revision: row.revision,
  };
}

/** What the policy had removed of a submission, for views of it and of its runs. */
export function removedOf(
  row: Pick<SubmissionRow, 'events_removed_ms' | 'consoles_removed_ms' | 'traces_removed_ms'>,
): { removed?: Removed } {
  const removed: Removed = {
    ...(row.events_removed_ms !== null && { events: row.events_removed_ms }),
    ...(row.consoles_removed_ms !== null && { consoles: row.consoles_removed_ms }),
    ...(row.traces_removed_ms !== null && { traces: row.traces_removed_ms }),
  };
  return Object.keys(removed).length > 0 ? { removed } : {};
}

/** A run's spec; what it does not say is as by default. */
export function runSpec({ spec_json }: Pick<RunRow, 'spec_json'>): RunSpec {
  return { ...RUN_DEFAULTS, ...parseJson<RunSpec>(spec_json) };
}

export function runView(row: RunRow): RunView {
  const spec = runSpec(row);
  return {
    id: row.id,
    submissionId: row.submission_id,
    ordinal: row.ordinal,
    name: row.name,
    imageName: row.image_name,
    imageSha256: row.image_sha256,
    requirement: spec.requirement,
    band: row.band,
    state: row.state,
    verdict: row.verdict,
    rawVerdict: row.raw_verdict ?? row.verdict,
    expect: spec.expect,
    ...(spec.build && { build: spec.build }),
    ...(spec.partners && partnersOf(spec)),
    reason: row.reason,
    message: row.message,
    attempts: row.attempts,
    boardSerial: row.board_serial,
    ...(row.board_name !== null && { boardName: row.board_name }),
    casesDone: row.cases_done,
    casesTotal: row.cases_total,
    createdMs: row.created_ms,
    startedMs: row.started_ms,
    finishedMs: row.finished_ms,
    revision: row.revision,
  };
}

function partnersOf({
  role,
  partners = [],
  link,
}: RunSpec): Pick<RunView, 'role' | 'partners' | 'link'> {
  const shown = partners.map(({ role, imageName, imageSha256, requirement }) => {
    return { role, imageName, imageSha256, requirement };
  });
  return { role: role ?? MAIN_ROLE, partners: shown, link: link ?? 'rack' };
}

export function queuedRun(
  row: Pick<
    RunRow,
    'id' | 'requirement_class' | 'band' | 'tenant' | 'created_ms' | keyof NeedColumns
  >,
): QueuedRun {
  return {
    runId: row.id,
    lane: { requirementClass: row.requirement_class, band: row.band, tenant: row.tenant },
    ...boardNeed(row),
    createdMs: row.created_ms,
  };
}

type NeedColumns = Pick<RunRow, 'spec_json' | 'avoid_json' | 'health_check'>;

/** What a run asks of a board. */
export function boardNeed({ avoid_json, health_check, ...row }: NeedColumns): BoardNeed {
  const { requirement, partners } = runSpec(row);
  return {
    requirement,
    ...(partners && { partners: partners.map((one) => one.requirement) }),
    ...(avoid_json !== null && { avoid: parseJson<string[]>(avoid_json) }),
    ...(health_check === 1 && { healthCheck: true }),
  };
}

export function attemptView(
  row: AttemptRow,
  cases: readonly CaseRow[],
  metrics: readonly MetricRow[],
): AttemptView {
  const { partners } = parseJson<Assignment>(row.assignment_json);
  return {
    id: row.id,
    number: row.number,
    boardSerial: row.board_serial,
    ...(row.board_name !== null && { boardName: row.board_name }),
    ...(partners && {
      partners: partners.map(({ role, board }) => ({ role, boardSerial: board.serial })),
    }),
    agent: row.agent,
    state: row.state,
    verdict: row.verdict,
    reason: row.reason,
    message: row.message,
    startedMs: row.started_ms,
    finishedMs: row.finished_ms,
    consoleBytes: row.console_bytes,
    cases: cases.map(caseView),
    metrics: metrics.map(metricView),
    crash: row.crash_json === null ? null : parseJson(row.crash_json),
  };
}

function caseView(row: CaseRow): CaseView {
  return {
    ordinal: row.ordinal,
    name: row.name,
    verdict: row.verdict,
    durationUs: row.duration_us,
    failures: parseJson(row.failures_json),
  };
}

function metricView(row: MetricRow): MetricView {
  return {
    name: row.name,
    value: row.value,
    unit: row.unit,
    direction: row.direction,
    ...(row.kind !== null && { kind: row.kind }),
    ...(row.case_name !== null && { caseName: row.case_name }),
    ...(row.refused !== null && { refused: row.refused }),
  };
}

/** First axis of a board's state, out of what is stored of it. */
export function availabilityOf(row: Pick<BoardRow, 'offline' | 'lease_id'>): Availability {
  if (row.offline === 1) return 'offline';
  return row.lease_id === null ? 'idle' : 'leased';
}

export function boardView(row: BoardRow): BoardView {
  const spec = parseJson<BoardSpec>(row.spec_json);
  return {
    serial: row.serial,
    ...(spec.name !== undefined && { name: spec.name }),
    target: spec.target,
    model: spec.model,
    agent: row.agent,
    tags: spec.tags,
    fixtures: spec.fixtures,
    driver: spec.wiring.driver,
    availability: availabilityOf(row),
    health: row.health,
    cause: row.cause,
    actor: row.actor,
    ...(row.health !== 'good' && { healthCause: row.health_cause }),
    sinceMs: row.since_ms,
    current: row.current_json === null ? null : parseJson(row.current_json),
    runsFinished: row.runs_finished,
  };
}

export function boardTransition(row: BoardTransitionRow): BoardTransition {
  return {
    atMs: row.at_ms,
    availability: row.availability,
    health: row.health,
    cause: row.cause,
    actor: row.actor,
    evidence: row.evidence,
  };
}

export function tokenView(row: TokenRow): TokenView {
  return {
    id: row.id,
    name: row.name,
    role: row.role,
    tenant: row.tenant,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    revokedMs: row.revoked_ms,
  };
}
