import { type ErrorCode, FarmError, type FieldError } from '@greenrack/farm-protocol';

/** One reason to refuse a submission: what kind, which field, and what to do. */
export interface Refusal extends FieldError {
  readonly code: ErrorCode;
}

export function refusal(code: ErrorCode, path: string, message: string): Refusal {
  return { code, path, message };
}

/** Throws when there is a reason to: the first gives the error its code, all are named in `errors`. */
export function throwRefusals(refusals: readonly Refusal[]): void {
  const first = refusals[0];
  if (!first) return;
  const more = refusals.length > 1 ? ` (and ${refusals.length - 1} more)` : '';
  throw new FarmError(first.code, `${first.path}: ${first.message}${more}`, {
    fields: refusals.map(({ path, message }) => ({ path, message })),
  });
}
