import { meaningOf, weighedByCases } from '@greenrack/farm-model';
import type { AttemptEnd, CaseVerdict } from '@greenrack/farm-protocol';
import type { Tx } from '../store/for-stages.js';
import type { AttemptFold } from './attempt-fold.js';

type OpenCase = Pick<StoredCase, 'name' | 'verdict'>;
interface StoredCase {
  readonly attempt_id: string;
  readonly name: string;
  readonly verdict: CaseVerdict | null;
}

/**
 * Holds ends against the cases: an attempt that is said to have passed although a case failed, or has no result, has
 * not passed. Agents tell so themselves; whatever one says, verdict and cases never contradict each other here.
 */
export async function weighEnds(tx: Tx, folds: readonly AttemptFold[]): Promise<void> {
  const good = folds.filter(({ end }) => end && meaningOf(end.verdict) === 'good');
  const stored = await redCases(tx, good);
  for (const fold of good) if (fold.end) fold.end = weighed(fold.end, casesOf(fold, stored));
}

/** Cases that are stored with anything but a good end, or none. */
async function redCases(tx: Tx, folds: readonly AttemptFold[]): Promise<StoredCase[]> {
  const ids = folds.map((fold) => fold.admission.attempt.id);
  if (ids.length === 0) return [];
  return tx
    .selectFrom('cases')
    .select(['attempt_id', 'name', 'verdict'])
    .where('attempt_id', 'in', ids)
    .where((eb) => eb.or([eb('verdict', 'is', null), eb('verdict', 'not in', ['pass', 'skipped'])]))
    .orderBy('ordinal')
    .execute();
}

function casesOf(fold: AttemptFold, stored: readonly StoredCase[]): OpenCase[] {
  const { id } = fold.admission.attempt;
  const before = stored.filter(
    ({ attempt_id, name }) => attempt_id === id && !fold.startedOver && !fold.cases.has(name),
  );
  return [...before, ...fold.cases.values()];
}

function weighed(end: AttemptEnd, cases: readonly OpenCase[]): AttemptEnd {
  const verdict = weighedByCases(
    end.verdict,
    cases.map((one) => one.verdict),
  );
  if (verdict === end.verdict) return end;
  const culprit = cases.find((one) => (one.verdict ?? 'infra') === verdict) ?? cases[0];
  const what = verdict === 'infra' ? 'has no result' : `is ${verdict}`;
  const said = end.message === '' ? '' : ` (${end.message})`;
  const message = `${end.verdict} was reported although the case "${culprit?.name}" ${what}${said}`;
  return { ...end, verdict, message: message.slice(0, MAX_MESSAGE_CHARS) };
}
const MAX_MESSAGE_CHARS = 4000;
