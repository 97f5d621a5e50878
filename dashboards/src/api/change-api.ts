import {
  type ChangeDetail,
  type ChangeView,
  changeDetailSchema,
  changeViewSchema,
  pageOf,
} from '@greenrack/farm-protocol';
import type { FarmApi, Page } from './farm-api.js';

const changePageSchema = pageOf(changeViewSchema);
const changePath = (id: string) => `/changes/${encodeURIComponent(id)}`;

/** Changes in series, of one image or of all, the latest first. */
export function listChanges(
  api: FarmApi,
  question: { readonly target?: string; readonly image?: string; readonly limit: number },
  signal: AbortSignal,
): Promise<Page<ChangeView>> {
  const { limit, ...of } = question;
  const query = new URLSearchParams({ ...of, limit: String(limit) });
  return api.http.get(`/changes?${query}`, changePageSchema, signal);
}

/** One change, with its metrics and the runs that showed it. */
export function readChange(api: FarmApi, id: string, signal: AbortSignal): Promise<ChangeDetail> {
  return api.http.get(changePath(id), changeDetailSchema, signal);
}

/** The new level is as it should be. */
export function acceptChange(api: FarmApi, id: string, reason: string): Promise<void> {
  return api.http.post(`${changePath(id)}/accept`, { reason });
}

/** Says who sees to it. */
export function assignChange(api: FarmApi, id: string, assignee: string): Promise<void> {
  return api.http.post(`${changePath(id)}/assign`, { assignee });
}

/** Has the farm go on with what was blocked, or look for the first bad build again. */
export function pursueChange(api: FarmApi, id: string): Promise<void> {
  return api.http.post(`${changePath(id)}/again`);
}
