import {
  agentViewSchema,
  attemptViewSchema,
  boardTransitionSchema,
  boardViewSchema,
  eventPageSchema,
  pageOf,
  runDetailSchema,
  runViewSchema,
  submissionViewSchema,
  targetViewSchema,
} from '@greenrack/farm-protocol';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { listAgents } from '../../src/query/agent-list.js';
import { FarmMetrics } from '../../src/query/farm-metrics.js';
import { type Running, startAttempt, startRun } from '../web/support/attempts.js';
import { bin } from '../web/support/images.js';
import { ask, askFor, problemAt } from '../web/support/request.js';
import { imagePart, M3, specOf, specPart, submitted } from '../web/support/submit.js';
import { addToken, startFarm, type TestFarm } from '../web/support/test-farm.js';

/** Answers are held to the promised schema and may have no field beyond it. */
const strict = <S extends z.ZodRawShape>(schema: z.ZodObject<S>) => z.strictObject(schema.shape);
const asViewer = { as: 'viewer' } as const;

let farm: TestFarm;
let finished: Running;
let running: Running;
beforeAll(async () => {
  farm = await startFarm();
  finished = await startRun(farm, 'virt-m3-01');
  await finished.tell(
    { type: 'casesListed', names: ['adds'] },
    { type: 'caseBegin', name: 'adds' },
    { type: 'caseEnd', name: 'adds', verdict: 'pass', durationUs: 10, failures: [] },
  );
  await finished.end('pass');
  running = await startRun(farm, 'virt-m3-02');
  await farm.store.agents.connected(
    { name: 'virtual-1', version: '1.0.0', host: 'pi', controllerId: 'c1' },
    { nowMs: Date.now(), untilMs: Date.now() + 30_000 },
  );
});
afterAll(() => farm.close());

const get = <T extends z.ZodType>(schema: T, path: string) =>
  askFor(schema, farm, { path: `/api/v1${path}`, ...asViewer });

describe('runs', () => {
  it('are listed by state, verdict, board and submission', async () => {
    const list = async (query: string) =>
      (await get(pageOf(strict(runViewSchema)), `/runs?${query}`)).items.map((run) => run.id);
    expect(await list('state=running')).toEqual([running.runId]);
    expect(await list('verdict=pass')).toEqual([finished.runId]);
    expect(await list('board=virt-m3-02')).toEqual([running.runId]);
    expect(await list(`submission=${finished.submissionId}`)).toEqual([finished.runId]);
    expect((await list('')).sort()).toEqual([finished.runId, running.runId].sort());
  });

  it('have their attempts and cases in detail', async () => {
    const detail = await get(strict(runDetailSchema), `/runs/${finished.runId}`);
    expect(detail).toMatchObject({ state: 'finished', verdict: 'pass', waiting: null });
    expect(detail.attemptList[0]?.cases[0]).toMatchObject({ name: 'adds', verdict: 'pass' });
    const attempt = await get(strict(attemptViewSchema), `/runs/${finished.runId}/attempts/1`);
    expect(attempt).toEqual(detail.attemptList[0]);
  });

  it('that wait say why', async () => {
    const spec = specOf([{ image: 'a.bin', target: M3 }]);
    const { runs } = await submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
    const detail = await get(strict(runDetailSchema), `/runs/${runs[0]?.id}`);
    expect(detail.waiting).toEqual({ reason: 'all boards are busy', position: 1, etaMs: null });
  });

  it('give their events after a number', async () => {
    const path = `/runs/${finished.runId}/attempts/1/events`;
    const all = await get(strict(eventPageSchema), path);
    expect(all.events.map((event) => event.seq)).toEqual([1, 2, 3, 4]);
    expect(all.lastSeq).toBe(4);
    const some = await get(eventPageSchema, `${path}?after=1&limit=2`);
    expect(some.events.map((event) => event.seq)).toEqual([2, 3]);
  });

  it('are paged without a gap or a repetition', async () => {
    const spec = specOf([{ image: 'a.bin', target: M3, repeat: 25 }]);
    const { submission, runs } = await submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
    const seen: string[] = [];
    let cursor = '';
    for (;;) {
      const path = `/submissions/${submission.id}/runs?limit=10${cursor}`;
      const page = await get(pageOf(runViewSchema), path);
      seen.push(...page.items.map((run) => run.id));
      if (page.nextCursor === null) break;
      cursor = `&cursor=${encodeURIComponent(page.nextCursor)}`;
    }
    expect(seen).toEqual(runs.map((run) => run.id));
  });
});

describe('what is not there', () => {
  const zeros = '0'.repeat(23);
  it.each([
    `/runs/run_${zeros}`,
    `/runs/run_${zeros}/attempts/1/events`,
    `/runs/run_${zeros}/attempts/1/console`,
    `/submissions/sub_${zeros}`,
    `/submissions/sub_${zeros}/runs`,
    '/boards/nothing',
    '/boards/nothing/history',
  ])('is a 404 at %s', async (path) => {
    expect(await problemAt(farm, `/api/v1${path}`, asViewer)).toMatchObject({ code: 'not_found' });
  });
});

describe('submissions', () => {
  it('are listed with their counts, the newest first', async () => {
    const { items } = await get(pageOf(strict(submissionViewSchema)), '/submissions');
    expect(items.map((item) => item.id)).toEqual(
      items
        .map((item) => item.id)
        .sort()
        .reverse(),
    );
    expect(items.find((item) => item.id === finished.submissionId)).toMatchObject({
      ...{ state: 'finished', verdicts: { pass: 1 }, runsFinished: 1 },
    });
  });
});

describe('cancelling', () => {
  const queueOne = async () => {
    const spec = specOf([{ image: 'a.bin', target: M3 }]);
    return submitted(farm, [specPart(spec), imagePart('a.bin', bin())]);
  };

  it('ends what is queued and passes on what runs', async () => {
    const { submission, runs } = await queueOne();
    const path = `/api/v1/submissions/${submission.id}/cancel`;
    const how = { path, as: 'submitter', method: 'POST' } as const;
    const view = await askFor(strict(submissionViewSchema), farm, how);
    expect(view).toMatchObject({ cancelled: true, state: 'finished' });
    expect(await farm.store.runs.get(runs[0]?.id ?? '')).toMatchObject({ verdict: 'cancelled' });
    const run = { path: `/api/v1/runs/${running.runId}/cancel`, as: 'submitter', method: 'POST' };
    expect(await askFor(strict(runViewSchema), farm, { ...run, as: 'submitter' })).toMatchObject({
      state: 'running',
    });
    expect(farm.heard.cancelled.at(-1)?.running).toMatchObject([{ attemptId: running.attemptId }]);
  });

  it('is for the tenant that submitted, and for operators', async () => {
    const { submission, runs } = await queueOne();
    const other = { name: 'other', role: 'submitter', tenant: 'others' } as const;
    const secret = await addToken(farm.store, other);
    for (const path of [`submissions/${submission.id}`, `runs/${runs[0]?.id}`]) {
      const how = { method: 'POST', secret };
      const problem = await problemAt(farm, `/api/v1/${path}/cancel`, how);
      expect(problem).toMatchObject({ status: 403, code: 'forbidden' });
    }
    const operator = await addToken(farm.store, { ...other, name: 'op', role: 'operator' });
    const path = `/api/v1/submissions/${submission.id}/cancel`;
    const how = { path, secret: operator, method: 'POST' };
    expect(await askFor(submissionViewSchema, farm, how)).toMatchObject({ cancelled: true });
  });
});

describe('targets', () => {
  it('tell what images their boards take', async () => {
    const { items } = await get(pageOf(strict(targetViewSchema)), '/targets');
    expect(items).toContainEqual({
      target: M3,
      imageFormats: expect.arrayContaining(['elf']),
      boards: 2,
    });
  });
});

describe('boards', () => {
  it('are listed by serial, page by page', async () => {
    const schema = pageOf(strict(boardViewSchema));
    const first = await get(schema, '/boards?limit=3');
    expect(first.items.map((board) => board.serial)).toEqual([
      ...['virt-cm3ds-01', 'virt-cm3ds-02', 'virt-m3-01'],
    ]);
    const rest = await get(schema, `/boards?limit=3&cursor=${first.nextCursor}`);
    expect(rest.items.map((board) => board.serial)).toEqual(['virt-m3-02']);
    expect(rest.nextCursor).toBeNull();
    expect(rest.items[0]?.current?.runId).toBe(running.runId);
  });

  it('are found by a filter, which says so when it is none', async () => {
    const found = async (filter: string) => {
      const path = `/boards?filter=${encodeURIComponent(filter)}`;
      return (await get(pageOf(strict(boardViewSchema)), path)).items.map(({ serial }) => serial);
    };
    expect(await found('board:virt-m3')).toEqual(['virt-m3-01', 'virt-m3-02']);
    expect(await found('board:virt-m3 -state:leased')).toEqual(['virt-m3-01']);
    const refused = await ask(farm, '/api/v1/boards?filter=colour:red', { as: 'viewer' });
    expect(refused.status).toBe(400);
    expect(await refused.text()).toContain('there are board, target');
  });

  it('are taken out by operators, with their reason in the history', async () => {
    const path = '/api/v1/boards/virt-cm3ds-01/state';
    const json = { health: 'maintenance', cause: 'new firmware on the probe' };
    const how = { path, as: 'operator', json } as const;
    const board = await askFor(strict(boardViewSchema), farm, how);
    expect(board).toMatchObject({ health: 'maintenance', cause: json.cause, actor: 'a-operator' });
    expect(farm.heard.boards.at(-1)?.boards).toMatchObject([{ serial: 'virt-cm3ds-01' }]);
    const history = '/boards/virt-cm3ds-01/history?limit=1';
    const { items } = await get(pageOf(strict(boardTransitionSchema)), history);
    expect(items).toMatchObject([{ health: 'maintenance', cause: json.cause }]);
  });

  it('are examined when an operator asks for it', async () => {
    const path = '/api/v1/boards/virt-cm3ds-02/state';
    const json = { health: 'suspect', cause: 'it smells' };
    const board = await askFor(strict(boardViewSchema), farm, { path, as: 'operator', json });
    expect(board).toMatchObject({ health: 'suspect', healthCause: json.cause });
    expect(farm.heard.boards.at(-1)?.boards).toMatchObject([{ health: 'suspect' }]);
    const metrics = await (await ask(farm, '/metrics', { as: 'viewer' })).text();
    expect(metrics).toContain('greenrack_boards{availability="offline",health="suspect"} 1');
  });

  it('are not set to states that only the farm gives', async () => {
    const json = { health: 'quarantined', cause: 'x' };
    const path = '/api/v1/boards/virt-cm3ds-01/state';
    const problem = await problemAt(farm, path, { as: 'operator', json });
    expect(problem.errors?.[0]?.path).toBe('health');
    const gone = await problemAt(farm, '/api/v1/boards/nothing/state', {
      ...{ as: 'operator', json: { health: 'good', cause: 'x' } },
    });
    expect(gone.code).toBe('not_found');
  });
});

describe('agents', () => {
  it('are listed', async () => {
    const { items } = await get(pageOf(strict(agentViewSchema)), '/agents');
    expect(items).toMatchObject([{ name: 'virtual-1', connected: true, boards: 4 }]);
  });

  it('are listed and counted also when the inventory expects them in vain', async () => {
    await farm.store.agents.connected(
      { name: 'a-guest', version: '1', host: 'pi', controllerId: 'c' },
      { nowMs: 1, untilMs: 2 },
    );
    const racks = new Map([...farm.inventory.racks, ['lab-2', []] as const]);
    expect(await listAgents(farm.store, { racks })).toMatchObject([
      { name: 'a-guest', connected: true },
      { name: 'lab-2', connected: false, neverSeen: true, boards: 0 },
      { name: 'virtual-1', connected: true },
    ]);
    const metrics = await new FarmMetrics(farm.store, { racks }).page();
    expect(metrics).toContain('greenrack_agents{state="connected"} 2\n');
    expect(metrics).toContain('greenrack_agents{state="never_seen"} 1\n');
  });
});

describe('images', () => {
  it('are given to the agent that runs them byte for byte, with their length, and to no other', async () => {
    const image = bin(100_000);
    const spec = specOf([{ image: 'b.bin', target: M3 }]);
    const { runs } = await submitted(farm, [specPart(spec), imagePart('b.bin', image)]);
    await startAttempt(farm, runs[0]?.id ?? '', 'virt-m3-01');
    const path = `/api/v1/images/${runs[0]?.imageSha256}`;
    const secret = await addToken(farm.store, { name: 'virtual-1', role: 'agent' });
    const response = await ask(farm, path, { secret });
    expect(response.headers.get('content-length')).toBe(String(image.length));
    expect(response.headers.get('content-type')).toBe('application/octet-stream');
    expect(Buffer.from(await response.arrayBuffer()).equals(image)).toBe(true);
    expect((await problemAt(farm, path, { as: 'agent' })).code).toBe('forbidden');
  });

  it('are not there for an unknown hash', async () => {
    const problem = await problemAt(farm, `/api/v1/images/${'0'.repeat(64)}`, { as: 'submitter' });
    expect(problem.code).toBe('not_found');
  });
});
