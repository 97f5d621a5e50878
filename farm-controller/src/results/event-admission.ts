import type {
  AttemptEvent,
  EndReason,
  EventBatch,
  EventBody,
  Verdict,
} from '@greenrack/farm-protocol';
import type { AttemptRow } from '../store/for-stages.js';
import type { AppendResult, ReportedBatch } from '../store/ports.js';

/** What the admission needs to know of an attempt and its run. */
export type AttemptFacts = Pick<
  AttemptRow,
  | 'id'
  | 'run_id'
  | 'number'
  | 'lease_id'
  | 'fence'
  | 'board_serial'
  | 'agent'
  | 'state'
  | 'abandoned'
  | 'acked_seq'
  | 'cases_known'
  | 'cases_done'
  | 'cases_listed'
> & {
  submission_id: string;
  cancel_requested: number;
  spec_json: string;
  health_check: number;
  target: string;
  image_name: string;
};

/** How an attempt ends, by its own event or because the farm gives it up. */
export interface AttemptEnding {
  readonly verdict: Verdict;
  readonly reason: EndReason;
  readonly message: string;
}

/** Events of one attempt that are to be committed, from all batches of the transaction. */
export interface Admission {
  readonly attempt: AttemptFacts;
  ackedSeq: number;
  ended: boolean;
  readonly events: AttemptEvent[];
}

/** Decides about every batch in order: what is new, what is known, what is refused. */
export function admit(
  batches: readonly ReportedBatch[],
  attempts: readonly AttemptFacts[],
): { results: AppendResult[]; admissions: Admission[] } {
  const byId = new Map(attempts.map((row) => [row.id, admissionOf(row)]));
  const results = batches.map((batch) => admitBatch(batch, byId.get(batch.attemptId)));
  const admissions = [...byId.values()].filter((admission) => admission.events.length > 0);
  return { results, admissions };
}

function admissionOf(attempt: AttemptFacts): Admission {
  const ended = attempt.state === 'finished';
  return { attempt, ackedSeq: attempt.acked_seq, ended, events: [] };
}

function admitBatch(batch: ReportedBatch, admission: Admission | undefined): AppendResult {
  if (!admission)
    return { ok: false, code: 'not_found', message: `no attempt ${batch.attemptId} in this farm` };
  const { attempt } = admission;
  if (attempt.agent !== batch.agent)
    return {
      ok: false,
      code: 'forbidden',
      message: `attempt ${attempt.id} belongs to another agent`,
    };
  if (attempt.abandoned === 1 || attempt.fence !== batch.fence)
    return { ok: false, code: 'stale_fence', message: staleMessage(batch, attempt) };
  const committed = admission.ended ? [] : newEvents(batch.events, admission.ackedSeq);
  if (attempt.cancel_requested === 0 && committed.some(({ body }) => isCancelled(body)))
    return { ok: false, code: 'invalid_request', message: `nobody cancelled ${attempt.id}` };
  admission.events.push(...committed);
  admission.ackedSeq = committed.at(-1)?.seq ?? admission.ackedSeq;
  admission.ended ||= committed.at(-1)?.body.type === 'attemptEnd';
  const { ackedSeq, ended } = admission;
  return { ok: true, runId: attempt.run_id, ackedSeq, committed, ended };
}

function isCancelled(body: EventBody): boolean {
  return body.type === 'attemptEnd' && body.verdict === 'cancelled';
}

function staleMessage(batch: EventBatch, attempt: AttemptFacts): string {
  if (attempt.abandoned === 1) return `attempt ${attempt.id} was given up by the farm: drop it`;
  return `attempt ${attempt.id} has fence ${attempt.fence}, not ${batch.fence}: drop it`;
}

/** The events after `ackedSeq` up to the end of the attempt; none when a number is missing. */
function newEvents(events: readonly AttemptEvent[], ackedSeq: number): AttemptEvent[] {
  const fresh = events.filter((event) => event.seq > ackedSeq);
  if (fresh.some((event, i) => event.seq !== ackedSeq + 1 + i)) return [];
  const end = fresh.findIndex((event) => event.body.type === 'attemptEnd');
  return end < 0 ? fresh : fresh.slice(0, end + 1);
}
