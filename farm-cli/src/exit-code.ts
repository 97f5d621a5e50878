import { ERROR_CODES, FarmError, type Verdict } from '@greenrack/farm-protocol';

/** Exit codes of every command. A signal ends with 128 + its number, as shells expect. */
export const EXIT = {
  pass: 0,
  /** The code under test is to blame. */
  testFailure: 1,
  /** The call, the spec or the token is wrong: trying again unchanged is useless. */
  usage: 2,
  /** The farm is to blame: nothing is known about the code under test. */
  infrastructure: 3,
  interrupted: 130,
  terminated: 143,
} as const;

/** What each verdict means for the one who waits. `flaky` passes, with a warning: the first attempt did not. */
const MEANING: Record<Verdict, 'good' | 'bad' | 'unknown'> = {
  pass: 'good',
  xfail: 'good',
  skipped: 'good',
  flaky: 'good',
  fail: 'bad',
  crash: 'bad',
  hang: 'bad',
  xpass: 'bad',
  infra: 'unknown',
  blocked: 'unknown',
  cancelled: 'unknown',
};

/** A failure outweighs trouble of the farm: it is a result. No verdict at all is no pass. */
export function exitCodeOfVerdicts(verdicts: readonly (Verdict | null)[]): number {
  const meanings = verdicts.map((verdict) => (verdict === null ? 'unknown' : MEANING[verdict]));
  if (meanings.includes('bad')) return EXIT.testFailure;
  if (meanings.includes('unknown') || meanings.length === 0) return EXIT.infrastructure;
  return EXIT.pass;
}

/** A mistake in the call itself. The message says what to do instead. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Which exit code an error ends the command with. */
export function exitCodeOfError(error: unknown): number {
  if (error instanceof UsageError) return EXIT.usage;
  if (!(error instanceof FarmError)) return EXIT.infrastructure;
  const { group } = ERROR_CODES[error.code];
  return group === 'submitter' || group === 'access' ? EXIT.usage : EXIT.infrastructure;
}
