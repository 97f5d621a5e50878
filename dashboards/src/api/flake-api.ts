import {
  type FlakeReport,
  flakeReportSchema,
  pageOf,
  type QuarantineRequest,
  type QuarantineView,
  quarantineViewSchema,
} from '@greenrack/farm-protocol';
import type { FarmApi } from './farm-api.js';

const quarantineListSchema = pageOf(quarantineViewSchema).pick({ items: true });

/** Tests that passed and failed with one image in the last days. */
export function flakesOf(api: FarmApi, days: number, signal: AbortSignal): Promise<FlakeReport> {
  return api.http.get(`/flakes?days=${days}`, flakeReportSchema, signal);
}

/** Cases of the own tenant that are reported and do not gate. */
export async function listQuarantine(
  api: FarmApi,
  signal: AbortSignal,
): Promise<readonly QuarantineView[]> {
  return (await api.http.get('/quarantine', quarantineListSchema, signal)).items;
}

/** Has a case reported and not gate, for some days; whoever asks for it owns it. */
export function quarantineCase(api: FarmApi, request: QuarantineRequest): Promise<void> {
  return api.http.post('/quarantine', request);
}

/** Has a quarantined case gate again. */
export function liftQuarantine(api: FarmApi, id: string): Promise<void> {
  return api.http.post(`/quarantine/${encodeURIComponent(id)}/lift`);
}
