import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type Origin, retentionPolicySchema } from '@greenrack/farm-protocol';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { keyOf, openBlobStore } from '../../src/artifacts/blob-store.js';
import { GithubRows } from '../../src/github/github-rows.js';
import { HeadRows } from '../../src/github/head-rows.js';
import { openFolderArtifacts } from '../../src/artifacts/folder-artifacts.js';
import { keepingOver } from '../../src/farm-keeping.js';
import { DAY_MS } from '../../src/retention/policy.js';
import { Retention } from '../../src/retention/retention.js';
import type { ArtifactStore, StreamSpool } from '../../src/store/ports.js';
import { sealedKey } from '../../src/streams/sealed-stream.js';
import { openStreamSpool } from '../../src/streams/stream-spool.js';
import { systemClock } from '../../src/timing/clock.js';
import {
  AGENT,
  batch,
  ending,
  finishRun,
  granted,
  NOW,
  newSubmission,
  policy,
  prepareFarm,
  SHA,
  type SubmissionPlan,
  submit,
} from '../support/store-fixtures.js';
import { onBothDatabases, type TestDatabase } from '../support/test-databases.js';

const POLICY = retentionPolicySchema.parse({ branchNewest: 2 });
const MAIN: Origin = { repository: 'x.org/fw', ref: 'refs/heads/main', sha: 'c'.repeat(40) };

const METRIC = { name: 'boot', value: 1, unit: 'ms', direction: 'lower' } as const;

/** A run that has measured something. */
async function measuredRun({ store }: TestDatabase, origin: Origin): Promise<void> {
  const [run] = await submit(store, { runs: 1, origin });
  const order = await granted(store, run, 'b1');
  const bodies = [{ type: 'metric', metric: METRIC } as const, ending('pass')];
  await store.attempts.append([batch(order, 1, bodies)], NOW, policy);
}

function retention(database: TestDatabase): void {
  let dir: string;
  let artifacts: ArtifactStore;
  let spool: StreamSpool;
  let inUse: { submissions: Set<string>; images: Set<string> };
  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'greenrack-keep-'));
    artifacts = await openFolderArtifacts(dir);
    spool = await openStreamSpool(join(dir, 'spool'));
    inUse = { submissions: new Set(), images: new Set() };
    await prepareFarm(database.store, ['b1']);
  });
  afterEach(async () => {
    await spool.close();
    rmSync(dir, { recursive: true, force: true });
  });

  /** The farm's retention so many days after all that the tests write. */
  const after = (days: number, kept = POLICY) =>
    new Retention({
      ...keepingOver(() => kept, { artifacts, spool, store: database.store }),
      ...{ database: database.store.database, inUse: async () => inUse },
      clock: { ...systemClock, now: () => NOW + days * DAY_MS },
      log: pino({ level: 'silent' }),
    });

  /** A submission whose run has ended and left a log. */
  async function done({
    verdict,
    ...plan
  }: { verdict?: 'pass' | 'fail' } & Partial<SubmissionPlan> = {}) {
    const planned = newSubmission({ runs: 1, ...plan });
    const { submission, runs } = await database.store.submissions.create(planned);
    const runId = runs[0]?.id ?? '';
    const { attemptId } = await finishRun(database.store, runId, 'b1', {
      ...(verdict && { verdict }),
    });
    await spool.append({ attemptId, name: 'console' }, 0, Buffer.from('log'));
    return { id: submission.id, runId, attemptId };
  }

  const duties = async (kind: string) => {
    const { items } = await database.store.duties.list('all', { limit: 500 });
    return items.filter((duty) => duty.kind === kind).map(({ subject }) => subject);
  };
  const cleared = async () => (await duties('removeLogs')).sort();

  it('removes events and logs when their time is over, later after a failure, and keeps the results', async () => {
    const [passed, failed] = [await done(), await done({ verdict: 'fail' })];
    await after(89).round();
    expect(await cleared()).toEqual([]);
    await after(91).round();
    expect(await cleared()).toEqual([passed.id]);
    const view = await database.store.submissions.get(passed.id);
    const atMs = NOW + 91 * DAY_MS;
    expect(view?.removed).toEqual({ events: atMs, consoles: atMs, traces: atMs });
    // Marked, and its controller died: whoever takes the duty removes it.
    expect(await spool.sizes(passed.attemptId)).toEqual({ console: 3 });
    const sealed = sealedKey({ attemptId: passed.attemptId, name: 'events' });
    await artifacts.put(sealed, Readable.from([Buffer.from('packed')]));
    for (let i = 0; i < 2; i++) await after(91).removeLogs(passed.id, new AbortController().signal);
    expect(await spool.sizes(passed.attemptId)).toEqual({});
    expect(await artifacts.stat(sealed)).toBeUndefined();
    const events = await database.store.attempts.events(passed.attemptId, 0, 10);
    expect(events.events).toEqual([]);
    expect(await spool.sizes(failed.attemptId)).toEqual({ console: 3 });
    expect(await database.store.runs.get(passed.runId)).toMatchObject({ verdict: 'pass' });
    await after(366).round();
    expect(await cleared()).toEqual([passed.id, failed.id].sort());
  });

  it('keeps what is pinned, of a tag, among the newest of its branch, used by a schedule, or not over', async () => {
    const old = await done({ origin: MAIN });
    const tag = await done({ origin: { ...MAIN, ref: 'refs/tags/v1' } });
    const pinned = await done();
    const scheduled = await done();
    const active = await database.store.submissions.create(newSubmission({ runs: 1 }));
    for (let i = 0; i < 2; i++) await done({ origin: MAIN });
    await done({ origin: MAIN, tenant: 'stranger' });
    await database.store.database.queries
      .updateTable('submissions')
      .set({ pinned_by: 'ana' })
      .where('id', '=', pinned.id)
      .execute();
    inUse.submissions.add(scheduled.id);
    await after(400).round();
    expect(await cleared()).toEqual([old.id]);
    for (const { id } of [tag, pinned, scheduled, active.submission])
      expect((await database.store.submissions.get(id))?.removed).toBeUndefined();
  });

  it('removes each kind of data by its own time, and says which is gone', async () => {
    const byKind = retentionPolicySchema.parse({
      keep: { traces: 7, consoles: 'forever' },
      failed: { consoles: 'forever' },
      branchNewest: 0,
    });
    const { id, runId, attemptId } = await done({ origin: MAIN });
    await spool.append({ attemptId, name: 'trace-power' }, 0, Buffer.from('samples'));
    const signal = new AbortController().signal;
    await after(8, byKind).round();
    await after(8, byKind).removeLogs(id, signal);
    expect(await spool.sizes(attemptId)).toEqual({ console: 3 });
    expect((await database.store.attempts.events(attemptId, 0, 10)).events).not.toEqual([]);
    await after(91, byKind).round();
    await after(91, byKind).removeLogs(id, signal);
    expect((await database.store.attempts.events(attemptId, 0, 10)).events).toEqual([]);
    await after(9_999, byKind).round();
    expect(await spool.sizes(attemptId)).toEqual({ console: 3 });
    const removed = { traces: NOW + 8 * DAY_MS, events: NOW + 91 * DAY_MS };
    expect((await database.store.submissions.get(id))?.removed).toEqual(removed);
    expect((await database.store.runs.detail(runId))?.removed).toEqual(removed);
  });

  it('keeps points for ever, or as long as it is told, and those of releases; their series say so', async () => {
    const { store } = database;
    await measuredRun(database, MAIN);
    await measuredRun(database, { ...MAIN, ref: 'refs/tags/v1' });
    const [series] = (await store.series.list({}, { limit: 9 })).items;
    const refs = async () =>
      (await store.series.points(series?.id ?? '', undefined, { limit: 9 })).items.map(
        ({ ref }) => ref,
      );
    await after(9_999).round();
    expect(await refs()).toHaveLength(2);
    await after(31, retentionPolicySchema.parse({ keep: { points: 30 } })).round();
    expect(await refs()).toEqual(['refs/tags/v1']);
    expect(await store.series.get(series?.id ?? '')).toMatchObject({
      pointsFromMs: NOW + DAY_MS,
    });
  });

  it('lets go a bounded number in a round, and goes on soon when there is more', async () => {
    for (let i = 0; i < 52; i++) await done();
    const first = await after(91).round();
    expect(first - NOW - 91 * DAY_MS).toBe(10_000);
    expect(await cleared()).toHaveLength(50);
    expect((await after(91).round()) - NOW - 91 * DAY_MS).toBe(3_600_000);
    expect(await cleared()).toHaveLength(52);
  });

  it('removes an image when nothing with logs has used it, and takes it again', async () => {
    const blobs = await openBlobStore(artifacts, join(dir, 'tmp'));
    const { sha256, sizeBytes } = await blobs.put(Readable.from([Buffer.from('image')]), 10);
    const image = { sha256, sizeBytes, format: 'elf' as const, segments: [] };
    await database.store.images.put(image, NOW);
    const { items } = await database.store.runs.list({}, { limit: 1 });
    expect(items).toEqual([]);
    const plan = newSubmission({ runs: 1 });
    const runs = plan.runs.map((run) => ({ ...run, imageSha256: sha256 }));
    const created = await database.store.submissions.create({ ...plan, runs });
    await after(400).round();
    expect(await database.store.images.missing([sha256])).toEqual([]);
    await finishRun(database.store, created.runs[0]?.id ?? '', 'b1');
    await after(91).round();
    await after(91).round();
    expect(await duties('removeImage')).toContain(sha256);
    expect(await database.store.images.get(sha256)).toBeUndefined();
    // A run of it that was planned before the mark is refused: its bytes are about to go.
    const later = newSubmission({ runs: 1 });
    const late = { ...later, runs: later.runs.map((run) => ({ ...run, imageSha256: sha256 })) };
    await expect(database.store.submissions.create(late)).rejects.toThrow('upload it again');
    await after(91).removeImage(sha256);
    expect(await artifacts.stat(keyOf(sha256))).toBeUndefined();
    await blobs.put(Readable.from([Buffer.from('image')]), 10);
    await database.store.images.put(image, NOW + 92 * DAY_MS);
    await after(92).removeImage(sha256);
    expect(await database.store.images.get(sha256)).toMatchObject({ sha256 });
    expect(await artifacts.stat(keyOf(sha256))).toBeDefined();
  });

  it('keeps the image of a second board as long as that of the first', async () => {
    const sha256 = 'd'.repeat(64);
    await database.store.images.put({ sha256, sizeBytes: 1, format: 'elf', segments: [] }, NOW);
    const plan = newSubmission({ runs: 1, partners: 1 });
    const runs = plan.runs.map((run) => ({
      ...run,
      spec: {
        ...run.spec,
        partners: run.spec.partners?.map((one) => ({ ...one, imageSha256: sha256 })),
      },
    }));
    await database.store.submissions.create({ ...plan, runs });
    await after(400).round();
    expect(await database.store.images.missing([sha256])).toEqual([]);
  });

  it('never removes an image under a submission that is being made', async () => {
    inUse.images.add(SHA);
    await after(400).round();
    expect(await database.store.images.missing([SHA])).toEqual([]);
    inUse.images.clear();
    const other = await database.secondStore();
    const [made] = await Promise.allSettled([
      other.submissions.create(newSubmission({ runs: 1 })),
      after(400).round(),
    ]);
    const gone = await database.store.images.missing([SHA]);
    expect([made.status, gone]).toEqual(
      gone.length === 0 ? ['fulfilled', []] : ['rejected', [SHA]],
    );
  });

  it('forgets commits at GitHub with their checks, but for those of open pull requests', async () => {
    const heads = new HeadRows(database.store.database);
    const facts = { installationId: 1, repositoryId: 5, owner: 'acme', name: 'firmware' };
    const place = { ...facts, repository: 'github.test/acme/firmware', sender: 'ada' };
    const terms = { tenant: 'default', waitUntilMs: NOW, receivedMs: NOW, nowMs: NOW };
    const want = async (letter: string, pullRequest?: number) =>
      await heads.want(
        place,
        {
          ...{ sha: letter.repeat(40), ref: `refs/heads/${letter}`, atMs: NOW },
          ...(pullRequest !== undefined && { pullRequest, baseSha: 'f'.repeat(40) }),
        },
        terms,
      );
    for (const [letter, number] of [['a'], ['b', 1], ['c', 2]] as const) await want(letter, number);
    const over = { reasons: ['pull/2'] as const, atMs: NOW, why: 'closed', nowMs: NOW };
    await heads.unwant({ repositoryId: 5, ...over });
    const old = await heads.headOf(5, 'a'.repeat(40));
    await new GithubRows(database.store.database).putCheck(old?.id ?? '', 'greenrack', 1);
    const left = async () =>
      (await database.query<{ sha: string }>('select sha from github_heads order by sha')).map(
        ({ sha }) => sha[0],
      );
    await after(399).round();
    expect(await left()).toEqual(['a', 'b', 'c']);
    await after(401).round();
    expect(await left()).toEqual(['b']);
    expect(await database.query('select id from github_checks')).toEqual([]);
  });

  it('forgets idempotency keys after two days, and what became of boards but for their last state', async () => {
    const { store } = database;
    const once = { tenant: 'default', key: 'k', digest: SHA };
    await store.submissions.create({ ...newSubmission({ runs: 1 }), once });
    await after(1).round();
    expect(await store.submissions.hasKey('default', 'k')).toBe(true);
    await after(3).round();
    expect(await store.submissions.hasKey('default', 'k')).toBe(false);
    const usable = [{ serial: 'b1', usable: false, detail: 'gone' }];
    await store.boards.report(AGENT, usable, NOW + 1);
    await after(731).round();
    expect((await store.boards.history('b1', { limit: 9 })).items).toMatchObject([
      { cause: 'gone' },
    ]);
  });
}

onBothDatabases({ retention });
