import type { Assignment, PartnerOrder, SpecPartner, SpecRun } from '@greenrack/farm-protocol';

/** What a run without a name for it calls its own image among several. */
export const MAIN_ROLE = 'main';

/** A run's own image and what runs beside it, in the order in which they start. */
export function partsOf(run: SpecRun): readonly [SpecRun, ...SpecPartner[]] {
  return [run, ...(run.partners ?? [])];
}

/** The boards of an attempt, in the order in which they start: one, or one for each role. */
export function boardsOf(order: Assignment): readonly [Assignment, ...PartnerOrder[]] {
  return [order, ...(order.partners ?? [])];
}
