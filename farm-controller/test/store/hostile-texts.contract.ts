import {
  acceptRequestSchema,
  boardStateRequestSchema,
  boardsReportSchema,
  type EventBody,
  eventBatchSchema,
  helloSchema,
  newId,
  PROTOCOL_VERSION,
  submissionSpecSchema,
  tokenRequestSchema,
} from '@greenrack/farm-protocol';
import { expect, it } from '@jest/globals';
import { pino } from 'pino';
import { blocked } from '../../src/analyse/change-outcome.js';
import { AuditBook } from '../../src/audit/audit-book.js';
import { ScheduleStore } from '../../src/plan/schedule-store.js';
import { EventCommitter } from '../../src/results/event-committer.js';
import type { Store } from '../../src/store/ports.js';
import { systemClock } from '../../src/timing/clock.js';
import {
  AGENT,
  batch,
  ending,
  granted,
  NOW,
  newSubmission,
  policy,
  prepareFarm,
  SHA,
  submit,
} from '../support/store-fixtures.js';
import type { TestDatabase } from '../support/test-databases.js';
import { CLOSED, OURS } from './text-columns.js';

/** One line of text: half a surrogate pair, and bytes that were no UTF-8. */
const LINE = `a\ud800${Buffer.from([0xff]).toString()}z`;
/** Free text may hold NUL as well. */
const TEXT = `${LINE}\u0000`;
const MEGABYTE = 'm'.repeat(1024 * 1024);
/** What is stored of either. */
const CLEAN = 'a\ufffd\ufffdz';

type Take = (text: string) => unknown;
/** Every edge where text comes in that the database keeps. */
const EDGES = {
  line: (name: string) => tokenRequestSchema.parse({ name, role: 'viewer' }),
  submission: (name: string) =>
    submissionSpecSchema.parse({
      ...{ version: 1, name },
      runs: [
        {
          ...{ name, image: 'a.elf', target: 'K64F', expectCases: { [name]: 'fail' } },
          build: { toolchain: name, profile: name, configuration: name },
        },
      ],
    }),
  hello: (text: string) =>
    helloSchema.parse({
      ...{ protocol: PROTOCOL_VERSION, agent: AGENT, drivers: [], held: [] },
      ...{ version: text, host: text, instance: text, hostTests: [text] },
    }),
  boards: (detail: string) =>
    boardsReportSchema.parse({ boards: [{ serial: 'b1', usable: false, detail }] }),
  state: (cause: string) => boardStateRequestSchema.parse({ health: 'maintenance', cause }),
  reason: (reason: string) => acceptRequestSchema.parse({ reason }),
  events: (text: string) =>
    eventBatchSchema.parse({
      ...{ attemptId: newId('att', NOW), fence: 1 },
      events: bodiesOf(text).map((body, i) => ({ seq: i + 1, atUs: 0, body })),
    }),
} satisfies Record<string, Take>;

function bodiesOf(text: string): EventBody[] {
  const metric = { value: 1, unit: 'ms', direction: 'none' } as const;
  const failures = [{ message: text, file: text }];
  return [
    { type: 'note', text },
    { type: 'handshake', clientVersion: text, timeoutMs: 1, hostTest: text },
    { type: 'casesListed', names: [text] },
    { type: 'caseBegin', name: text },
    { type: 'caseEnd', name: text, verdict: 'fail', durationUs: 1, failures },
    { type: 'metric', metric: { name: text, caseName: text, ...metric } },
    { type: 'crash', crash: { message: text, lines: [text], thread: text } },
    { type: 'phaseEnd', phase: 'run', ok: true, detail: text },
    { ...ending('fail'), message: text } as EventBody,
  ];
}

/** A change that a person has said something of, and that the farm could not go on with. */
async function fillChange(
  { database }: Store,
  said: { actor: string; assignee: string; reason: string },
): Promise<void> {
  const place = { tenant: 'default', repository: null, ref: '', target: 'K64F' };
  await database.queries
    .insertInto('changes')
    .values({
      ...{ id: 'chg_1', ...place, image_name: 'test.elf', board_serial: 'b1', ...said },
      ...{ effect: 'change', state: 'accepted', work: 'blocked', waiting: 0, exact: 0 },
      ...blocked(said.reason),
      ...{ good_sha256: SHA, good_sha: null, bad_sha256: SHA, bad_sha: null },
      ...{ undoes: null, returns: null, found_ms: NOW, changed_ms: NOW },
    })
    .execute();
}

export function hostileTextsContract(database: TestDatabase): void {
  /** Puts hostile text, as it comes through the edges, wherever the store takes text. */
  async function fill(): Promise<void> {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2']);
    const { name } = EDGES.line(LINE);
    const token = { id: newId('tok', NOW), name, role: 'viewer', tenant: 'default' } as const;
    const life = { createdMs: NOW, expiresMs: null, revokedMs: null, secretHash: SHA };
    const once = { tenant: 'default', key: 'k', digest: SHA };
    await store.tokens.create({ ...token, ...life }, once);
    const { version, host, hostTests } = EDGES.hello(TEXT);
    const agent = { name: AGENT, version, host, hostTests, controllerId: 'c' };
    await store.agents.connected(agent, { nowMs: NOW, untilMs: NOW });
    const spec = EDGES.submission(LINE);
    const schedules = new ScheduleStore(store.database);
    const own = { name: spec.name, tenant: 'default', created_by: name, created_ms: NOW };
    const branch = { repository: 'x.org/r', ref: 'refs/heads/m', last_submission_id: null };
    const times = { cron: '0 2 * * *', time_zone: 'UTC', next_ms: null, paused: 0, deleted: 0 };
    const id = newId('sch', NOW);
    const spec_json = JSON.stringify(spec);
    await schedules.transact(async (tx) => {
      await schedules.insert(tx, { id, ...own, ...branch, ...times, spec_json });
      await schedules.write(tx, id, { kind: 'skipped', actor: name, reason: spec.name });
    });
    const { expectCases, build } = spec.runs[0] ?? {};
    const plan = newSubmission({ runs: 2 });
    const runs = plan.runs.map((run) => ({
      ...{ ...run, name: spec.name },
      spec: { ...run.spec, expectCases, build },
    }));
    const names = { name: spec.name, submitter: name, specJson: JSON.stringify(spec) };
    const created = await store.submissions.create({ ...plan, ...names, runs });
    await store.database.queries.updateTable('submissions').set({ pinned_by: name }).execute();
    const claim = { owner: 'c', kind: 'expireQueued', limit: 1 } as const;
    const ms = NOW + 9_000_000;
    const [duty] = await store.duties.claim({ ...claim, nowMs: ms, untilMs: ms });
    if (!duty) throw new Error('a submission that waits has a duty');
    const failed = { kind: 'failed', error: TEXT, retryMs: ms, dead: false } as const;
    await store.duties.end(duty, 'c', failed);
    const order = await granted(store, created.runs[0]?.id ?? '', 'b1');
    await granted(store, created.runs[1]?.id ?? '', 'b2');
    const { events } = EDGES.events(TEXT);
    const said = { ...batch(order, 1, []), events };
    await store.attempts.append([said], NOW + 1, policy);
    await store.boards.report(AGENT, EDGES.boards(TEXT).boards, NOW + 2);
    const { health, cause } = EDGES.state(TEXT);
    await fillChange(store, { actor: name, assignee: name, reason: EDGES.reason(TEXT).reason });
    const principal = {
      name,
      role: 'operator',
      tenant: 'default',
      tokenId: null,
      expiresMs: null,
    } as const;
    const act = { principal, action: 'boards state', subject: 'b1', body: { health, cause } };
    await new AuditBook(store.database, pino({ level: 'silent' })).keep(act, async () => undefined);
    await store.health.set('b1', { health, cause, actor: name, evidence: cause }, NOW + 3);
  }

  it('reach every column of text as text that the database holds, or do not reach it at all', async () => {
    await fill();
    const columns = await database.query<{ place: string }>(
      database.kind === 'postgres'
        ? `select table_name || '.' || column_name as place from information_schema.columns
           where table_schema = 'public' and data_type not in ('integer', 'bigint', 'double precision')`
        : `select m.name || '.' || p.name as place from sqlite_master m, pragma_table_info(m.name) p
           where m.type = 'table' and lower(p.type) not in ('integer', 'bigint', 'double precision')`,
    );
    const reached: string[] = [];
    for (const { place } of columns) {
      const [table, column] = place.split('.');
      const rows = await database.query<{ text: string | null }>(
        `select ${column} as text from ${table}`,
      );
      const texts = rows.map(({ text }) => text ?? '').filter((text) => text.includes('\ufffd'));
      if (texts.some((text) => text.includes(CLEAN))) reached.push(place);
      expect(texts.filter((text) => /[\u0000\p{Surrogate}]|\\u0000|\\ud8/u.test(text))).toEqual([]);
    }
    const places = columns.map(({ place }) => place).sort();
    expect([...reached, ...Object.keys(CLOSED)].sort()).toEqual(places);
  });

  it('do not pass the schemas of the other columns', () => {
    for (const [place, schema] of Object.entries(CLOSED))
      if (schema !== OURS)
        for (const text of [LINE, TEXT, MEGABYTE])
          expect([place, schema.safeParse(text).success]).toEqual([place, false]);
  });

  it.each(Object.keys(EDGES) as (keyof typeof EDGES)[])(
    'of a megabyte are refused by %s',
    (edge) => {
      expect(() => EDGES[edge](MEGABYTE)).toThrow();
    },
  );

  it('of one agent cost the others nothing, should one come through', async () => {
    const { store } = database;
    await prepareFarm(store, ['b1', 'b2', 'b3']);
    const ids = await submit(store, { runs: 3 });
    const orders = [];
    for (const [i, id] of ids.entries()) orders.push(await granted(store, id, `b${i + 1}`));
    const committer = new EventCommitter({
      attempts: store.attempts,
      ...{ clock: { ...systemClock, now: () => NOW }, policy },
      onCommitted: () => {},
    });
    const guilty = {
      type: 'metric',
      metric: { name: 'm', value: 1, unit: null, direction: 'none' },
    };
    const outcomes = await Promise.allSettled(
      orders.map((order, i) =>
        committer.submit(batch(order, 1, [i === 1 ? (guilty as never) : ending('pass')])),
      ),
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    const states = await Promise.all(ids.map(async (id) => (await store.runs.get(id))?.state));
    expect(states).toEqual(['finished', 'running', 'finished']);
  });
}
