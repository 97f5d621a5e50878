import type { AttemptEvent, EndReason, EventBody } from '@greenrack/farm-protocol';
import type { AttemptJournal } from './attempt-journal.js';
import { type SalvagedStreams, sealed } from './stream-files.js';

/** Why nobody is left to end the attempt properly. */
export interface OrphanCause {
  readonly reason: Extract<EndReason, 'agentRestarted' | 'internalError'>;
  readonly message: string;
}

/** Writes the end of an attempt that nobody runs any more: what was open is closed, nothing is invented. */
export async function closeOrphan(
  journal: AttemptJournal,
  saved: SalvagedStreams,
  cause: OrphanCause,
): Promise<void> {
  const events = journal.eventsAfter(0, journal.writtenSeq);
  const atUs = Math.max(events.at(-1)?.atUs ?? 0, saved.lastUs);
  for (const body of [...openEnds(events, atUs, cause), end(saved, cause)])
    journal.append(body, atUs);
  await journal.flush();
}

/** Ends for the cases, one for each board at most, and the phase that had begun, inner first. */
function openEnds(
  events: readonly AttemptEvent[],
  atUs: number,
  { message }: OrphanCause,
): EventBody[] {
  const openCases = new Map<string, EventBody>();
  let openPhase: EventBody | undefined;
  for (const { body, atUs: beganUs } of events) {
    if (body.type === 'caseBegin')
      openCases.set(body.name, {
        type: 'caseEnd',
        name: body.name,
        verdict: 'infra',
        durationUs: atUs - beganUs,
        failures: [],
      });
    else if (body.type === 'caseEnd') openCases.delete(body.name);
    else if (body.type === 'phaseBegin')
      openPhase = {
        type: 'phaseEnd',
        phase: body.phase,
        ok: false,
        detail: message.slice(0, 2000),
      };
    else if (body.type === 'phaseEnd') openPhase = undefined;
  }
  return [...openCases.values(), openPhase].filter((body) => body !== undefined);
}

function end(saved: SalvagedStreams, cause: OrphanCause): EventBody {
  return {
    type: 'attemptEnd',
    verdict: 'infra',
    reason: cause.reason,
    message: cause.message.slice(0, 4000),
    ...sealed(saved.seals),
  };
}
