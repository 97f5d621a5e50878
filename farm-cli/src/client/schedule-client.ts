import {
  type NightlyReport,
  nightlyReportSchema,
  type ScheduleDetail,
  type ScheduleEvent,
  type ScheduleView,
  type SubmissionCreated,
  scheduleDetailSchema,
  scheduleEventSchema,
  type scheduleRequestSchema,
  scheduleViewSchema,
  submissionCreatedSchema,
} from '@greenrack/farm-protocol';
import type { z } from 'zod';
import { type FarmHttp, get, TRANSFER_MS } from './farm-http.js';
import { queryString, readPages } from './read-pages.js';

/** What the farm submits by itself. */
export class ScheduleClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  async create(json: z.input<typeof scheduleRequestSchema>): Promise<ScheduleDetail> {
    return await this.#http.create(scheduleDetailSchema, {
      method: 'POST',
      path: '/schedules',
      json,
    });
  }

  list(): AsyncGenerator<ScheduleView> {
    return readPages(this.#http, scheduleViewSchema, '/schedules');
  }

  async get(id: string): Promise<ScheduleDetail> {
    return await this.#http.read(scheduleDetailSchema, get('schedules', id));
  }

  history(id: string): AsyncGenerator<ScheduleEvent> {
    return readPages(this.#http, scheduleEventSchema, get('schedules', id, 'history').path);
  }

  /** Submits at once, whatever the time. */
  async run(id: string): Promise<SubmissionCreated> {
    const request = { ...get('schedules', id, 'run'), method: 'POST' } as const;
    return await this.#http.create(submissionCreatedSchema, request);
  }

  /** What has changed with a submission since the one before, or since another one. */
  async nightly(submissionId: string, against?: string): Promise<NightlyReport> {
    const path = nightlyPath(submissionId, '', against);
    const request = { method: 'GET', path, timeoutMs: TRANSFER_MS } as const;
    return await this.#http.read(nightlyReportSchema, request);
  }

  async nightlyJunit(submissionId: string, against?: string): Promise<string> {
    const path = nightlyPath(submissionId, '/junit', against);
    return await this.#http.text({ method: 'GET', path, timeoutMs: TRANSFER_MS });
  }

  async order(id: string, order: 'pause' | 'resume'): Promise<ScheduleDetail> {
    const request = { ...get('schedules', id, order), method: 'POST' } as const;
    return await this.#http.read(scheduleDetailSchema, request);
  }

  async remove(id: string): Promise<void> {
    await this.#http.text({ ...get('schedules', id), method: 'DELETE' });
  }
}

function nightlyPath(id: string, part: string, against: string | undefined): string {
  const query = queryString(against === undefined ? {} : { against });
  return `${get('submissions', id, 'nightly').path}${part}${query}`;
}
