import { Readable } from 'node:stream';
import {
  type AgentView,
  agentViewSchema,
  type BoardView,
  boardTransitionSchema,
  boardViewSchema,
  type ChangeDetail,
  type ChangeView,
  changeDetailSchema,
  type changeRequestSchema,
  changeViewSchema,
  type DutyView,
  type FlakeReport,
  flakeReportSchema,
  type GithubCheckup,
  githubCheckupSchema,
  dutyViewSchema,
  type ImageFormat,
  imageQueryReplySchema,
  type OidcTrustView,
  type oidcTrustRequestSchema,
  oidcTrustViewSchema,
  type Quota,
  type Role,
  type RunDetail,
  type RunView,
  runDetailSchema,
  runViewSchema,
  type ScheduleDetail,
  type ScheduleEvent,
  type ScheduleView,
  type SeriesComparison,
  type SeriesPoint,
  type SeriesState,
  type SeriesView,
  type StorageView,
  type SubmissionCreated,
  type SubmissionView,
  scheduleDetailSchema,
  scheduleEventSchema,
  type scheduleRequestSchema,
  scheduleViewSchema,
  seriesComparisonSchema,
  seriesPointSchema,
  seriesStateSchema,
  seriesViewSchema,
  storageViewSchema,
  submissionCreatedSchema,
  submissionViewSchema,
  type TenantUsage,
  type TestResult,
  type TestView,
  type TokenView,
  targetViewSchema,
  tenantUsageSchema,
  testResultSchema,
  testViewSchema,
  tokenCreatedSchema,
  tokenViewSchema,
  type UploadView,
  uploadViewSchema,
  whoamiSchema,
  type PolicyTrial,
  type QuarantineRequest,
  type QuarantineView,
  quarantineViewSchema,
  type PolicyTrialRequest,
  policyTrialSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { Connection } from '../settings.js';
import { FarmHttp, type HttpRequest, TRANSFER_MS } from './farm-http.js';
import { encodeMultipart, type MultipartFile } from './multipart.js';
import { queryString, readPages } from './read-pages.js';

export type ReportFormat = 'junit' | 'ctrf' | 'tap';
export type ConsoleFormat = 'text' | 'jsonl' | 'grlog';

/** A piece of an upload over a slow line, in ms. */
const PIECE_MS = 300_000;
/** Hashes that one image query may hold, and series of one question for their states. */
const QUERY_CHUNK = 1000;
const STATES_CHUNK = 500;
const comparisonsSchema = z.object({ items: z.array(seriesComparisonSchema) });
const seriesStatesSchema = z.object({ items: z.array(seriesStateSchema) });

/** The REST API of a farm with types. Every call has a deadline and throws FarmError only. */
export class FarmClient {
  readonly http: FarmHttp;

  constructor(connection: Connection) {
    this.http = new FarmHttp(connection);
  }

  get url(): string {
    return this.http.url;
  }

  /** Which of the images the farm does not have yet. */
  async missingImages(sha256: readonly string[]): Promise<Set<string>> {
    const missing = new Set<string>();
    for (let at = 0; at < sha256.length; at += QUERY_CHUNK) {
      const json = { sha256: sha256.slice(at, at + QUERY_CHUNK) };
      const request: HttpRequest = { method: 'POST', path: '/images/query', json };
      const reply = await this.http.read(imageQueryReplySchema, request);
      for (const hash of reply.missing) missing.add(hash);
    }
    return missing;
  }

  /** Begins to upload an image in pieces, or finds how far it is. */
  async beginUpload(sha256: string, sizeBytes: number): Promise<UploadView> {
    const request = { ...get('uploads', sha256), method: 'PUT', json: { sizeBytes } } as const;
    return await this.http.read(uploadViewSchema, request);
  }

  /** Sends one piece; when this returns, the farm has it for good. */
  async sendPiece(
    sha256: string,
    offset: number,
    { bytes, encoding }: { bytes: Uint8Array; encoding?: 'gzip' },
  ): Promise<UploadView> {
    return await this.http.read(uploadViewSchema, {
      method: 'PATCH',
      path: `${get('uploads', sha256).path}${queryString({ offset: String(offset) })}`,
      body: {
        contentType: 'application/octet-stream',
        ...(encoding && { encoding }),
        chunks: Readable.from([bytes]),
      },
      timeoutMs: PIECE_MS,
    });
  }

  /** Has an image made of all pieces. */
  async finishUpload(sha256: string): Promise<UploadView> {
    const request = { ...get('uploads', sha256, 'finish'), method: 'POST' } as const;
    return await this.http.read(uploadViewSchema, { ...request, timeoutMs: TRANSFER_MS });
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

  tokens(): AsyncGenerator<TokenView> {
    return readPages(this.http, tokenViewSchema, '/tokens');
  }

  async createToken(json: {
    name: string;
    role: Role;
    tenant?: string;
    expiresMs?: number;
  }): Promise<z.infer<typeof tokenCreatedSchema>> {
    return await this.http.create(tokenCreatedSchema, { method: 'POST', path: '/tokens', json });
  }

  async revokeToken(id: string): Promise<void> {
    await this.http.text({ ...get('tokens', id), method: 'DELETE' });
  }

  async addTrust(json: z.input<typeof oidcTrustRequestSchema>): Promise<OidcTrustView> {
    const request = { method: 'POST', path: '/oidc/trusts', json } as const;
    return await this.http.create(oidcTrustViewSchema, request);
  }

  async trusts(): Promise<OidcTrustView[]> {
    const schema = z.object({ items: z.array(oidcTrustViewSchema) });
    return (await this.http.read(schema, get('oidc', 'trusts'))).items;
  }

  async removeTrust(id: string): Promise<{ endedSessions: number }> {
    const schema = z.object({ endedSessions: z.number().int() });
    return await this.http.read(schema, { ...get('oidc', 'trusts', id), method: 'DELETE' });
  }

  tests(query: { target: string; image: string; case: string }): AsyncGenerator<TestView> {
    return readPages(this.http, testViewSchema, `/tests${queryString(query)}`);
  }

  testHistory(id: string): AsyncGenerator<TestResult> {
    return readPages(this.http, testResultSchema, get('tests', id, 'history').path);
  }

  series(): AsyncGenerator<SeriesView> {
    return readPages(this.http, seriesViewSchema, '/series');
  }

  /** @param ref - of this branch only */
  points(id: string, ref?: string): AsyncGenerator<SeriesPoint> {
    const query = queryString(ref === undefined ? {} : { ref });
    return readPages(this.http, seriesPointSchema, `${get('series', id, 'points').path}${query}`);
  }

  /** What is known of these series, on each branch. */
  async seriesStates(ids: readonly string[]): Promise<SeriesState[]> {
    const states: SeriesState[] = [];
    for (let at = 0; at < ids.length; at += STATES_CHUNK) {
      const json = { series: ids.slice(at, at + STATES_CHUNK) };
      const request: HttpRequest = { method: 'POST', path: '/series/states', json };
      states.push(...(await this.http.read(seriesStatesSchema, request)).items);
    }
    return states;
  }

  /** Changes in series, the latest found first. `filter` becomes the query. */
  changes(filter: Readonly<Record<string, string>> = {}): AsyncGenerator<ChangeView> {
    return readPages(this.http, changeViewSchema, `/changes${queryString(filter)}`);
  }

  async change(id: string): Promise<ChangeDetail> {
    return await this.http.read(changeDetailSchema, get('changes', id));
  }

  async orderChange(
    id: string,
    order: 'accept' | 'assign' | 'again',
    json: object,
  ): Promise<ChangeDetail> {
    const request = { ...get('changes', id, order), method: 'POST', json } as const;
    return await this.http.read(changeDetailSchema, request);
  }

  /** Has two builds of a series compared, and the first bad one between them looked for. */
  async askChange(json: z.input<typeof changeRequestSchema>): Promise<ChangeDetail> {
    const request: HttpRequest = { method: 'POST', path: '/changes', json };
    return await this.http.read(changeDetailSchema, request);
  }

  /** What two builds measured: submissions, runs, commits or images. */
  async compare(a: string, b: string): Promise<SeriesComparison[]> {
    const path = `/compare${queryString({ a, b })}`;
    return (await this.http.read(comparisonsSchema, { method: 'GET', path })).items;
  }

  async flakes(filter: Readonly<Record<string, string>>): Promise<FlakeReport> {
    const path = `/flakes${queryString(filter)}`;
    return await this.http.read(flakeReportSchema, { method: 'GET', path });
  }

  duties(only: 'dead' | 'all'): AsyncGenerator<DutyView> {
    return readPages(this.http, dutyViewSchema, `/duties${queryString({ only })}`);
  }

  /** What a policy would have said of what was submitted before. */
  async tryPolicy(json: PolicyTrialRequest): Promise<PolicyTrial> {
    const path = '/policy/try';
    return await this.http.read(policyTrialSchema, { method: 'POST', path, json });
  }

  async quarantined(): Promise<QuarantineView[]> {
    const listed = z.object({ items: z.array(quarantineViewSchema) });
    return (await this.http.read(listed, { method: 'GET', path: '/quarantine' })).items;
  }

  async quarantine(json: QuarantineRequest): Promise<QuarantineView> {
    const request = { method: 'POST', path: '/quarantine', json } as const;
    return await this.http.read(quarantineViewSchema, request);
  }

  async liftQuarantine(id: string): Promise<void> {
    await this.http.text({ ...get('quarantine', id, 'lift'), method: 'POST' });
  }

  /** What the farm needs of GitHub, and whether it is so. */
  async githubCheckup(): Promise<GithubCheckup> {
    return await this.http.read(githubCheckupSchema, get('github', 'checkup'));
  }

  async retryDuty(id: string): Promise<void> {
    await this.http.text({ ...get('duties', id, 'retry'), method: 'POST' });
  }

  async createSchedule(json: z.input<typeof scheduleRequestSchema>): Promise<ScheduleDetail> {
    return await this.http.create(scheduleDetailSchema, {
      method: 'POST',
      path: '/schedules',
      json,
    });
  }

  schedules(): AsyncGenerator<ScheduleView> {
    return readPages(this.http, scheduleViewSchema, '/schedules');
  }

  async schedule(id: string): Promise<ScheduleDetail> {
    return await this.http.read(scheduleDetailSchema, get('schedules', id));
  }

  scheduleHistory(id: string): AsyncGenerator<ScheduleEvent> {
    return readPages(this.http, scheduleEventSchema, get('schedules', id, 'history').path);
  }

  /** Submits at once, whatever the time. */
  async runSchedule(id: string): Promise<SubmissionCreated> {
    const request = { ...get('schedules', id, 'run'), method: 'POST' } as const;
    return await this.http.create(submissionCreatedSchema, request);
  }

  async orderSchedule(id: string, order: 'pause' | 'resume'): Promise<ScheduleDetail> {
    const request = { ...get('schedules', id, order), method: 'POST' } as const;
    return await this.http.read(scheduleDetailSchema, request);
  }

  async deleteSchedule(id: string): Promise<void> {
    await this.http.text({ ...get('schedules', id), method: 'DELETE' });
  }

  async storage(): Promise<StorageView> {
    return await this.http.read(storageViewSchema, get('storage'));
  }

  /** What is left out of the quota stays as it is. */
  async setQuota(tenant: string, json: Partial<Quota>): Promise<TenantUsage> {
    const request = { ...get('tenants', tenant, 'quota'), method: 'PUT', json } as const;
    return await this.http.read(tenantUsageSchema, request);
  }

  async pinSubmission(id: string, what: 'pin' | 'unpin'): Promise<void> {
    await this.http.text({ ...get('submissions', id, what), method: 'POST' });
  }

  async whoami(): Promise<z.infer<typeof whoamiSchema>> {
    return await this.http.read(whoamiSchema, get('whoami'));
  }
}

/** Ids come from people: each part is escaped, so that none can name another route. */
function get(...parts: readonly string[]): HttpRequest & { method: 'GET' } {
  return { method: 'GET', path: `/${parts.map(encodeURIComponent).join('/')}` };
}
