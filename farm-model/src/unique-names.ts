/** Hands out names of which no two are alike: the second `boot` is `boot #2`. */
export class UniqueNames {
  readonly #taken = new Set<string>();
  readonly #latest = new Map<string, number>();

  take(name: string): string {
    let unique = name;
    let n = this.#latest.get(name) ?? 1;
    while (this.#taken.has(unique)) {
      n += 1;
      unique = `${name} #${n}`;
    }
    this.#latest.set(name, n);
    this.#taken.add(unique);
    return unique;
  }
}
