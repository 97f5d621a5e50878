import {
  type AuditEntry,
  auditEntrySchema,
  type DutyView,
  dutyViewSchema,
  pageOf,
  type ScheduleEvent,
  type ScheduleView,
  type StorageView,
  scheduleEventSchema,
  scheduleViewSchema,
  storageViewSchema,
  type TokenView,
  tokenViewSchema,
} from '@greenrack/farm-protocol';
import type { FarmApi, Page } from './farm-api.js';

const LIMIT = 200;
const AUDIT_LIMIT = 50;
const auditPageSchema = pageOf(auditEntrySchema);
const dutyPageSchema = pageOf(dutyViewSchema);
const tokenPageSchema = pageOf(tokenViewSchema);
const schedulePageSchema = pageOf(scheduleViewSchema);
const scheduleEventPageSchema = pageOf(scheduleEventSchema);
const at = (id: string) => encodeURIComponent(id);

/** What the farm has still to do, and what it has given up. */
export async function listDuties(api: FarmApi, signal: AbortSignal): Promise<DutyView[]> {
  return (await api.http.get(`/duties?limit=${LIMIT}`, dutyPageSchema, signal)).items;
}

/** Has a duty tried at once. */
export function retryDuty(api: FarmApi, id: string): Promise<void> {
  return api.http.post(`/duties/${at(id)}/retry`);
}

export async function listTokens(api: FarmApi, signal: AbortSignal): Promise<TokenView[]> {
  return (await api.http.get(`/tokens?limit=${LIMIT}`, tokenPageSchema, signal)).items;
}

export type AuditPage = Page<AuditEntry>;

/** Who told the farm to do what, the newest first. */
export function listAudit(
  api: FarmApi,
  cursor: string | null,
  signal?: AbortSignal,
): Promise<AuditPage> {
  const after = cursor === null ? '' : `&cursor=${at(cursor)}`;
  return api.http.get(`/audit?limit=${AUDIT_LIMIT}${after}`, auditPageSchema, signal);
}

export function storageOf(api: FarmApi, signal: AbortSignal): Promise<StorageView> {
  return api.http.get('/storage', storageViewSchema, signal);
}

export async function listSchedules(api: FarmApi, signal: AbortSignal): Promise<ScheduleView[]> {
  return (await api.http.get(`/schedules?limit=${LIMIT}`, schedulePageSchema, signal)).items;
}

/** What a schedule did lately, the newest first. */
export async function scheduleHistory(
  api: FarmApi,
  id: string,
  signal: AbortSignal,
): Promise<ScheduleEvent[]> {
  const path = `/schedules/${at(id)}/history?limit=20`;
  return (await api.http.get(path, scheduleEventPageSchema, signal)).items;
}

/** Pauses or resumes a schedule, or submits now. */
export function tellSchedule(
  api: FarmApi,
  id: string,
  what: 'pause' | 'resume' | 'run',
): Promise<void> {
  return api.http.post(`/schedules/${at(id)}/${what}`);
}
