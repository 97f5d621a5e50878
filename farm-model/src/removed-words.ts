import { type Removed, STREAM_DATA } from '@greenrack/farm-protocol';

/** What the policy had removed of a submission, and when, for people; undefined while all of it is there. */
export function removedWords(removed: Removed = {}): string | undefined {
  const byDay = new Map<string, string[]>();
  for (const data of STREAM_DATA) {
    const atMs = removed[data];
    if (atMs === undefined) continue;
    const day = new Date(atMs).toISOString().slice(0, 10);
    byDay.set(day, [...(byDay.get(day) ?? []), data]);
  }
  const parts = [...byDay].map(([day, kinds]) => `${kinds.join(', ')} removed by policy on ${day}`);
  return parts.length > 0 ? parts.join('; ') : undefined;
}
