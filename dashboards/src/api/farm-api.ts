import {
  type AgentView,
  type AttemptEvent,
  agentViewSchema,
  type BoardTransition,
  type BoardView,
  boardTransitionSchema,
  boardViewSchema,
  eventPageSchema,
  pageOf,
  type Role,
  type RunDetail,
  type RunView,
  runDetailSchema,
  runViewSchema,
  type SubmissionView,
  submissionViewSchema,
  whoamiSchema,
} from '@greenrack/farm-protocol';
import type { HttpClient } from './http-client.js';

export interface Identity {
  readonly name: string;
  readonly role: Role;
  readonly tenant: string;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly nextCursor: string | null;
}

const PAGE_LIMIT = 200;
/** Most pages read for one list: a cursor that runs in a circle must end some time. */
const MAX_PAGES = 500;

const boardPageSchema = pageOf(boardViewSchema);
const agentPageSchema = pageOf(agentViewSchema);
const runPageSchema = pageOf(runViewSchema);
const submissionPageSchema = pageOf(submissionViewSchema);
const historyPageSchema = pageOf(boardTransitionSchema);

const at = (id: string) => encodeURIComponent(id);

function query(limit: number, cursor: string | null): string {
  const params = new URLSearchParams({ limit: String(limit) });
  if (cursor !== null) params.set('cursor', cursor);
  return `?${params}`;
}

async function allPages<T>(read: (cursor: string | null) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages++) {
    const page: Page<T> = await read(cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
    if (cursor === null) return items;
  }
  throw new Error(`the list did not end after ${MAX_PAGES} pages`);
}

/** The routes of the REST API that the web app reads, typed. */
export class FarmApi {
  readonly http: HttpClient;

  constructor(http: HttpClient) {
    this.http = http;
  }

  whoami(signal?: AbortSignal): Promise<Identity> {
    return this.http.get('/whoami', whoamiSchema, signal);
  }

  boards(signal: AbortSignal): Promise<BoardView[]> {
    return allPages((cursor) =>
      this.http.get(`/boards${query(PAGE_LIMIT, cursor)}`, boardPageSchema, signal),
    );
  }

  /** Latest transitions of one board. */
  async boardHistory(serial: string, signal: AbortSignal): Promise<readonly BoardTransition[]> {
    const path = `/boards/${at(serial)}/history${query(50, null)}`;
    return (await this.http.get(path, historyPageSchema, signal)).items;
  }

  agents(signal: AbortSignal): Promise<AgentView[]> {
    return allPages((cursor) =>
      this.http.get(`/agents${query(PAGE_LIMIT, cursor)}`, agentPageSchema, signal),
    );
  }

  submissions(
    limit: number,
    cursor: string | null,
    signal: AbortSignal,
  ): Promise<Page<SubmissionView>> {
    return this.http.get(`/submissions${query(limit, cursor)}`, submissionPageSchema, signal);
  }

  submission(id: string, signal: AbortSignal): Promise<SubmissionView> {
    return this.http.get(`/submissions/${at(id)}`, submissionViewSchema, signal);
  }

  runs(submissionId: string, signal: AbortSignal): Promise<RunView[]> {
    const path = `/submissions/${at(submissionId)}/runs`;
    return allPages((cursor) =>
      this.http.get(path + query(PAGE_LIMIT, cursor), runPageSchema, signal),
    );
  }

  cancelSubmission(id: string): Promise<void> {
    return this.http.post(`/submissions/${at(id)}/cancel`);
  }

  run(id: string, signal: AbortSignal): Promise<RunDetail> {
    return this.http.get(`/runs/${at(id)}`, runDetailSchema, signal);
  }

  /** One page of events after number `after`. */
  events(
    attempt: { readonly runId: string; readonly number: number },
    after: number,
    signal: AbortSignal,
  ): Promise<{ events: AttemptEvent[]; lastSeq: number }> {
    const path = `/runs/${at(attempt.runId)}/attempts/${attempt.number}/events?after=${after}`;
    return this.http.get(path, eventPageSchema, signal);
  }
}

/** Path of a submission's report for a download. */
export function reportPath(submissionId: string, format: 'junit' | 'ctrf' | 'tap'): string {
  return `/submissions/${at(submissionId)}/${format}`;
}

/** Path of an attempt's console log for a download. */
export function consolePath(
  runId: string,
  attempt: number,
  format: 'text' | 'jsonl' | 'grlog',
): string {
  return `/runs/${at(runId)}/attempts/${attempt}/console?format=${format}`;
}
