import { nearestNames } from './nearest-names.js';

const PREFIX = /^GREEN_?RACK_?/i;

/**
 * A sentence for each variable of the environment that is nearly a setting, and so would be ignored without a word.
 * A setting that is set by its right name too was not meant; values are not shown.
 */
export function misspeltSettings(
  env: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): string[] {
  return Object.keys(env).flatMap((name) => {
    if (!PREFIX.test(name) || known.includes(name)) return [];
    const [near] = nearestNames(name, known);
    if (near === undefined || env[near] !== undefined) return [];
    return [`${name} is no setting; did you mean ${near}?`];
  });
}
