import { BANDS } from '@greenrack/farm-protocol';
import type { LaneSummary, TenantUsage } from './lane-summary.js';

const BAND_RANK = new Map<string, number>(BANDS.map((band, rank) => [band, rank]));

/**
 * Order in which lanes are served: urgent bands first; within a band the tenant with the least board time; then the
 * run that waits longest; then by key, so that the order is the same everywhere.
 * @returns negative when `a` comes first
 */
export function compareLanes(a: LaneSummary, b: LaneSummary, usage: TenantUsage): number {
  return (
    rankOf(a) - rankOf(b) ||
    (usage.get(a.lane.tenant) ?? 0) - (usage.get(b.lane.tenant) ?? 0) ||
    a.oldestMs - b.oldestMs ||
    (a.key < b.key ? -1 : 1)
  );
}

function rankOf(lane: LaneSummary): number {
  return BAND_RANK.get(lane.lane.band) ?? BANDS.length;
}
