import type { ScheduleEvent } from '@greenrack/farm-protocol';
import type { DutyKind } from './duty-ports.js';

export interface DutyRow {
  id: string;
  kind: DutyKind;
  subject: string;
  due_ms: number;
  owner: string | null;
  owner_until_ms: number | null;
  /** Failures in a row. */
  tries: number;
  last_error: string | null;
  dead: number;
  /** Grows whenever somebody asks for it. */
  revision: number;
  created_ms: number;
}

export interface ScheduleRow {
  id: string;
  tenant: string;
  name: string;
  cron: string;
  time_zone: string;
  repository: string;
  ref: string;
  spec_json: string;
  paused: number;
  /** Kept for its history. */
  deleted: number;
  /** When it is due next; whoever submits for that time moves it on. */
  next_ms: number | null;
  last_submission_id: string | null;
  created_by: string;
  created_ms: number;
}

export interface ScheduleEventRow {
  schedule_id: string;
  seq: number;
  at_ms: number;
  kind: ScheduleEvent['kind'];
  actor: string;
  planned_ms: number | null;
  missed: number;
  submission_id: string | null;
  reason: string;
}

/** What a request with an idempotency key has made. */
export interface IdempotencyKeyRow {
  tenant: string;
  request_key: string;
  /** Of all that was asked for. */
  digest: string;
  /** Id of what it made. */
  reference: string;
  created_ms: number;
}
