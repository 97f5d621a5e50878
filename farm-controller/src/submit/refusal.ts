import { type ErrorCode, FarmError, type FieldError } from '@greenrack/farm-protocol';
import { Turns } from '../timing/turns.js';

/** One reason to refuse a submission: what kind, which field, and what to do. */
export interface Refusal extends FieldError {
  readonly code: ErrorCode;
}

/**
 * What a check has to say of each thing it looks at, in order: what is wrong with it, or `undefined` for nothing. Made
 * while it is read, so that nobody works out what nobody asks for.
 */
export type Findings = Iterable<Refusal | undefined>;

/** Problems that are worked out and shown; a spec can have tens of thousands. */
const MAX_REFUSALS = 100;

export function refusal(code: ErrorCode, path: string, message: string): Refusal {
  return { code, path, message };
}

/** Throws when there is a reason to: the first gives the error its code, all are named in `errors`. */
export function throwRefusals(refusals: readonly Refusal[]): void {
  const [first] = refusals;
  if (first) throw refused(first, refusals);
}

/** Reads findings up to the limit of problems, in turns with the rest of the process, and throws when there is one. */
export async function refuseFound(findings: Findings): Promise<void> {
  const refusals: Refusal[] = [];
  const turns = new Turns();
  for (const finding of findings) {
    if (finding) refusals.push(finding);
    if (refusals.length >= MAX_REFUSALS) break;
    await turns.pass();
  }
  throwRefusals(refusals);
}

function refused(first: Refusal, refusals: readonly Refusal[]): FarmError {
  const few = refusals.length < MAX_REFUSALS;
  const others = few ? `${refusals.length - 1} more` : `at least ${refusals.length - 1} more`;
  const more = refusals.length > 1 ? ` (and ${others})` : '';
  return new FarmError(first.code, `${first.path}: ${first.message}${more}`, {
    fields: refusals.map(({ path, message }) => ({ path, message })),
  });
}
