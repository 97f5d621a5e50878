/** `1 run`, `2 runs`. */
export function countWord(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

/** Some names, and how many more there are. */
export function boardWord(names: readonly string[], max: number): string {
  const left = names.length - max;
  return left > 0 ? `${names.slice(0, max).join(', ')} and ${left} more` : names.join(', ');
}
