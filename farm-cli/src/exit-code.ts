import { type Meaning, meaningOfAll } from '@greenrack/farm-model';
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

const BY_MEANING: Readonly<Record<Meaning, number>> = {
  good: EXIT.pass,
  bad: EXIT.testFailure,
  unknown: EXIT.infrastructure,
};

/** The exit code of whoever waited for these runs. */
export function exitCodeOfVerdicts(verdicts: readonly (Verdict | null)[]): number {
  return BY_MEANING[meaningOfAll(verdicts)];
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
