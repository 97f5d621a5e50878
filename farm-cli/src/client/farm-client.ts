import {
  type AgentView,
  agentViewSchema,
  type BoardView,
  boardTransitionSchema,
  boardViewSchema,
  type ImageFormat,
  type RunDetail,
  type RunView,
  runDetailSchema,
  runViewSchema,
  type SubmissionCreated,
  type SubmissionView,
  submissionCreatedSchema,
  submissionViewSchema,
  targetViewSchema,
} from '@greenrack/farm-protocol';
import type { z } from 'zod';
import type { Connection } from '../settings.js';
import { AccessClient } from './access-client.js';
import { AnalysisClient } from './analysis-client.js';
import { FarmHttp, get, TRANSFER_MS } from './farm-http.js';
import { GithubClient } from './github-client.js';
import { encodeMultipart, type MultipartFile } from './multipart.js';
import { NotifyClient } from './notify-client.js';
import { queryString, readPages } from './read-pages.js';
import { ScheduleClient } from './schedule-client.js';
import { UpkeepClient } from './upkeep-client.js';
import { UploadClient } from './upload-client.js';

export type ReportFormat = 'junit' | 'ctrf' | 'tap';
export type ConsoleFormat = 'text' | 'jsonl' | 'grlog';

/** The REST API of a farm with types. Every call has a deadline and throws FarmError only. */
export class FarmClient {
  readonly http: FarmHttp;
  readonly uploads: UploadClient;
  readonly analysis: AnalysisClient;
  readonly github: GithubClient;
  readonly schedules: ScheduleClient;
  readonly notify: NotifyClient;
  readonly access: AccessClient;
  readonly upkeep: UpkeepClient;

  constructor(connection: Connection) {
    this.http = new FarmHttp(connection);
    this.uploads = new UploadClient(this.http);
    this.analysis = new AnalysisClient(this.http);
    this.github = new GithubClient(this.http);
    this.schedules = new ScheduleClient(this.http);
    this.notify = new NotifyClient(this.http);
    this.access = new AccessClient(this.http);
    this.upkeep = new UpkeepClient(this.http);
  }

  get url(): string {
    return this.http.url;
  }

  /** Creates a submission; when this returns, the farm has it for good. */
  async submit(spec: unknown, files: readonly MultipartFile[]): Promise<SubmissionCreated> {
    return await this.http.create(submissionCreatedSchema, {
      method: 'POST',
      path: '/submissions',
      body: encodeMultipart(JSON.stringify(spec), files),
      timeoutMs: TRANSFER_MS,
    });
  }

  async submission(id: string): Promise<SubmissionView> {
    return await this.http.read(submissionViewSchema, get('submissions', id));
  }

  submissions(): AsyncGenerator<SubmissionView> {
    return readPages(this.http, submissionViewSchema, '/submissions');
  }

  /** Runs of one submission, in order. */
  async runsOf(submissionId: string): Promise<RunView[]> {
    const path = `/submissions/${encodeURIComponent(submissionId)}/runs`;
    const runs: RunView[] = [];
    for await (const run of readPages(this.http, runViewSchema, path)) runs.push(run);
    return runs;
  }

  /** Runs of all submissions, newest first. `filter` becomes the query. */
  runs(filter: Readonly<Record<string, string>> = {}): AsyncGenerator<RunView> {
    return readPages(this.http, runViewSchema, `/runs${queryString(filter)}`);
  }

  async run(id: string): Promise<RunDetail> {
    return await this.http.read(runDetailSchema, get('runs', id));
  }

  /** Runs a submission again, or what of it did not pass, as a new one. */
  async rerunSubmission(id: string, only: 'all' | 'failed'): Promise<SubmissionCreated> {
    const request = get('submissions', id, 'rerun');
    return await this.http.create(submissionCreatedSchema, {
      ...request,
      method: 'POST',
      json: { only },
    });
  }

  /** Runs one run again, in a new submission. */
  async rerunRun(id: string): Promise<SubmissionCreated> {
    const request = { ...get('runs', id, 'rerun'), method: 'POST', json: {} } as const;
    return await this.http.create(submissionCreatedSchema, request);
  }

  async cancelSubmission(id: string): Promise<void> {
    await this.http.text({ ...get('submissions', id, 'cancel'), method: 'POST' });
  }

  async cancelRun(id: string): Promise<void> {
    await this.http.text({ ...get('runs', id, 'cancel'), method: 'POST' });
  }

  /** A submission's report, as the text of its file. */
  async report(submissionId: string, format: ReportFormat): Promise<string> {
    return await this.http.text({
      ...get('submissions', submissionId, format),
      timeoutMs: TRANSFER_MS,
    });
  }

  /** Console log of one attempt; `number` counts from 1. */
  console(runId: string, number: number, format: ConsoleFormat): AsyncGenerator<Uint8Array> {
    const { path } = get('runs', runId, 'attempts', String(number), 'console');
    return this.http.bytes({ method: 'GET', path: `${path}?format=${format}` });
  }

  /** Coverage files that the image of one attempt printed, as a tar archive. */
  coverage(runId: string, number: number, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const request = get('runs', runId, 'attempts', String(number), 'coverage');
    return this.http.bytes({ ...request, signal });
  }

  boards(): AsyncGenerator<BoardView> {
    return readPages(this.http, boardViewSchema, '/boards');
  }

  /** Which image formats the boards of each target take; a target whose models do not say is left out. */
  async imageFormats(): Promise<ReadonlyMap<string, readonly ImageFormat[]>> {
    const formats = new Map<string, readonly ImageFormat[]>();
    for await (const { target, imageFormats } of readPages(this.http, targetViewSchema, '/targets'))
      if (imageFormats.length > 0) formats.set(target, imageFormats);
    return formats;
  }

  boardHistory(serial: string): AsyncGenerator<z.infer<typeof boardTransitionSchema>> {
    const { path } = get('boards', serial, 'history');
    return readPages(this.http, boardTransitionSchema, path);
  }

  async setBoardHealth(
    serial: string,
    health: 'good' | 'maintenance' | 'suspect',
    cause: string,
  ): Promise<void> {
    const request = get('boards', serial, 'state');
    await this.http.text({ ...request, method: 'POST', json: { health, cause } });
  }

  agents(): AsyncGenerator<AgentView> {
    return readPages(this.http, agentViewSchema, '/agents');
  }
}
