import {
  type Health,
  pageOf,
  type RunView,
  runViewSchema,
  type Verdict,
} from '@greenrack/farm-protocol';
import type { FarmApi } from './farm-api.js';

const runPageSchema = pageOf(runViewSchema);

/** Latest runs on a board, the newest first. */
export async function runsOnBoard(
  api: FarmApi,
  board: { readonly serial: string; readonly limit: number; readonly verdict?: Verdict },
  signal: AbortSignal,
): Promise<readonly RunView[]> {
  const query = new URLSearchParams({ board: board.serial, limit: String(board.limit) });
  if (board.verdict !== undefined) query.set('verdict', board.verdict);
  return (await api.http.get(`/runs?${query}`, runPageSchema, signal)).items;
}

/** Takes a board out, brings it back, or has it examined. */
export function setBoardHealth(
  api: FarmApi,
  serial: string,
  to: { readonly health: Exclude<Health, 'quarantined'>; readonly cause: string },
): Promise<void> {
  return api.http.post(`/boards/${encodeURIComponent(serial)}/state`, to);
}
