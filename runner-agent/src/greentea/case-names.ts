import { createHash } from 'node:crypto';
import { asciiOf, head, MAX_NAME_CHARS } from '../session/bounded-text.js';

/** A name of any length as it is shown: a long one is cut with a mark that differs from that of any other name. */
export function shownName(name: string, max = MAX_NAME_CHARS): string {
  if (name.length <= max) return name;
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 8);
  const mark = `… [${name.length} characters, ${digest}]`;
  return head(name, max - mark.length) + mark;
}

/** The name of the `n`-th case that is called so. */
export function numberedName(name: string, n: number): string {
  const suffix = n > 1 ? ` #${n}` : '';
  return shownName(name, MAX_NAME_CHARS - suffix.length) + suffix;
}

/** Finds a name again although noise has come into it. */
export class NoisyNames {
  /** Names by what is ASCII of them; null where several are the same then. */
  readonly #names = new Map<string, string | null>();

  add(name: string): void {
    const plain = asciiOf(name);
    const known = this.#names.get(plain);
    this.#names.set(plain, known === undefined || known === name ? name : null);
  }

  find(name: string): string | undefined {
    return this.#names.get(asciiOf(name)) ?? undefined;
  }
}
