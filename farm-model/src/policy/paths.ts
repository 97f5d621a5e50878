import { matchesWildcard } from './wildcard.js';

/** Whether a path is meant by these patterns: the last that fits it decides; `!` in front of one takes paths out again. */
export function isMeant(patterns: readonly string[], path: string): boolean {
  const segments = path.split('/');
  const fitting = patterns.findLast((pattern) =>
    fits(pattern.replace(/^!/, '').split('/'), segments),
  );
  return fitting !== undefined && !fitting.startsWith('!');
}

/** One row of a table for each segment of the pattern: `**` stands for any number of folders, also none. */
function fits(pattern: readonly string[], path: readonly string[]): boolean {
  let reached = [true, ...path.map(() => false)];
  for (const part of pattern) {
    const next = reached.map(() => false);
    for (let i = 0, before = false; i <= path.length; i++) {
      before ||= reached[i] === true;
      if (part === '**') next[i] = before;
      else if (i > 0) next[i] = reached[i - 1] === true && matchesWildcard(part, path[i - 1] ?? '');
    }
    reached = next;
  }
  return reached[path.length] === true;
}
