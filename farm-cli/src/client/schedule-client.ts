import {
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
import { type FarmHttp, get } from './farm-http.js';
import { readPages } from './read-pages.js';

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

  async order(id: string, order: 'pause' | 'resume'): Promise<ScheduleDetail> {
    const request = { ...get('schedules', id, order), method: 'POST' } as const;
    return await this.#http.read(scheduleDetailSchema, request);
  }

  async remove(id: string): Promise<void> {
    await this.#http.text({ ...get('schedules', id), method: 'DELETE' });
  }
}
