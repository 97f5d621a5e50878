import { matchesWildcard } from '@greenrack/farm-model';
import { UsageError } from '../exit-code.js';

/** Which tests are wanted. Names may hold `*` and `?`. */
export interface Selection {
  /** Only these; all when empty. */
  readonly only: readonly string[];
  readonly except: readonly string[];
}

/** Splits comma-separated names of an option that may also be repeated. */
export const namesOf = (values: readonly string[] | undefined): string[] =>
  (values ?? [])
    .flatMap((value) => value.split(','))
    .map((name) => name.trim())
    .filter(Boolean);

/**
 * Keeps the wanted tests, in their order.
 * @throws UsageError for a name that fits no test (a typing error must not shrink a run unseen), and when none is left
 */
export function selectTests<T extends { readonly name: string }>(
  tests: readonly T[],
  { only, except }: Selection,
): T[] {
  const lost = only.find((pattern) => !tests.some(({ name }) => matchesWildcard(pattern, name)));
  if (lost !== undefined)
    throw new UsageError(`no test is named '${lost}'; there are ${nameSome(tests)}`);
  const fits = (patterns: readonly string[], name: string) =>
    patterns.some((pattern) => matchesWildcard(pattern, name));
  const kept = tests.filter(
    ({ name }) => (only.length === 0 || fits(only, name)) && !fits(except, name),
  );
  if (kept.length === 0) throw new UsageError(`no test is left to run of ${nameSome(tests)}`);
  return kept;
}

function nameSome(tests: readonly { readonly name: string }[]): string {
  const shown = tests.slice(0, 5).map(({ name }) => name);
  const rest = tests.length - shown.length;
  return `${tests.length} tests: ${shown.join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`;
}
