import type {
  AttemptEvent,
  AttemptView,
  CaseView,
  Crash,
  EventBody,
  Metric,
  Phase,
} from '@greenrack/farm-protocol';
import { caseBegun, caseEnded, casesListed } from './case-list.js';

/** One phase on the timeline; `endUs` and `ok` are null while it lasts. */
export interface PhaseSpan {
  readonly phase: Phase;
  readonly beginUs: number;
  readonly endUs: number | null;
  readonly ok: boolean | null;
  readonly detail: string;
}

/** Something worth a line beside the phases: the handshake, a note. */
export interface Remark {
  readonly atUs: number;
  readonly text: string;
}

/** What the numbered events of one attempt add up to. */
export interface AttemptFold {
  readonly lastSeq: number;
  readonly lastUs: number;
  readonly phases: readonly PhaseSpan[];
  readonly remarks: readonly Remark[];
  readonly cases: readonly CaseView[];
  /** Name of the case that runs now. */
  readonly current: string | null;
  readonly metrics: readonly Metric[];
  readonly crash: Crash | null;
  readonly ended: boolean;
}

export const EMPTY_FOLD: AttemptFold = {
  lastSeq: 0,
  lastUs: 0,
  phases: [],
  remarks: [],
  cases: [],
  current: null,
  metrics: [],
  crash: null,
  ended: false,
};

function withPhaseEnd(
  phases: readonly PhaseSpan[],
  endUs: number,
  body: Extract<EventBody, { type: 'phaseEnd' }>,
): readonly PhaseSpan[] {
  const at = phases.findLastIndex((span) => span.phase === body.phase);
  const span = phases[at];
  if (!span) return phases;
  return phases.with(at, { ...span, endUs, ok: body.ok, detail: body.detail ?? '' });
}

function handshakeWords(body: Extract<EventBody, { type: 'handshake' }>): string {
  const version = body.clientVersion === '' ? '' : ` ${body.clientVersion}`;
  return `Handshake: client${version}, host test ${body.hostTest}, budget ${body.timeoutMs / 1000} s`;
}

/** Whether the machine had time for a virtual board, and how far their clocks parted. */
function hostRemark(atUs: number, { host }: Extract<EventBody, { type: 'attemptEnd' }>): Remark[] {
  if (!host) return [];
  const { tookMs, ranMs, waitedMs, behindMs } = host;
  const way = (behindMs ?? 0) < 0 ? 'ahead of' : 'behind';
  const clock =
    behindMs === undefined ? '' : `; its clock was ${Math.abs(behindMs)} ms ${way} the host's`;
  const text = `Host: the emulator ran ${ranMs} ms and waited ${waitedMs} ms for a processor in ${tookMs} ms${clock}`;
  return [{ atUs, text }];
}

function changeBy(fold: AttemptFold, { atUs, body }: AttemptEvent): Partial<AttemptFold> {
  switch (body.type) {
    case 'phaseBegin':
      return {
        phases: [
          ...fold.phases,
          { phase: body.phase, beginUs: atUs, endUs: null, ok: null, detail: '' },
        ],
      };
    case 'phaseEnd':
      return { phases: withPhaseEnd(fold.phases, atUs, body) };
    case 'casesListed':
      return { cases: casesListed(fold.cases, body.names) };
    case 'caseBegin':
      return caseBegun(fold.cases, body.name);
    case 'caseEnd':
      return { cases: caseEnded(fold.cases, body), current: null };
    case 'metric':
      return { metrics: [...fold.metrics, body.metric] };
    case 'crash':
      return { crash: body.crash };
    case 'note':
      return { remarks: [...fold.remarks, { atUs, text: body.text }] };
    case 'handshake':
      return {
        remarks: [...fold.remarks, { atUs, text: handshakeWords(body) }],
        // The board began anew: the cases of its earlier start do not count.
        cases: [],
        current: null,
      };
    case 'attemptEnd':
      return { ended: true, current: null, remarks: [...fold.remarks, ...hostRemark(atUs, body)] };
    case 'unknown':
      return { remarks: [...fold.remarks, { atUs, text: `${body.name}: ${body.json}` }] };
    case 'attemptBegin':
      return {};
  }
}

/**
 * Adds events in order. Those already counted are skipped; at a gap it stops, and the caller reads on from
 * `lastSeq`.
 */
export function foldEvents(start: AttemptFold, events: readonly AttemptEvent[]): AttemptFold {
  let fold = start;
  for (const event of events) {
    if (event.seq <= fold.lastSeq) continue;
    if (event.seq !== fold.lastSeq + 1) break;
    const lastUs = Math.max(fold.lastUs, event.atUs);
    fold = { ...fold, ...changeBy(fold, event), lastSeq: event.seq, lastUs };
  }
  return fold;
}

/** Whether `events` go on after a number that `fold` has not seen. */
export function hasGap(fold: AttemptFold, events: readonly AttemptEvent[]): boolean {
  return events.some((event) => event.seq > fold.lastSeq);
}

/**
 * What to show of an attempt: the stored view once it has finished (the controller's word is final), and the events
 * while it runs, because they are ahead of any stored view.
 */
export function shownAttempt(view: AttemptView, fold: AttemptFold): AttemptView {
  if (view.state === 'finished' || fold.lastSeq === 0) return view;
  return { ...view, cases: [...fold.cases], metrics: [...fold.metrics], crash: fold.crash };
}
