import { byComparison, compareCases, compareRuns, decidingAttempt } from '@greenrack/farm-model';
import {
  type CaseChange,
  type CaseComparison,
  type CaseVerdict,
  caseComparisonSchema,
  submissionIdSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { chunksFor, groupedInOrder, type Queries } from '../store/for-stages.js';
import { Turns } from '../timing/turns.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { QueryDeps } from './deps.js';
import { orNotFound } from './missing.js';

/** Changes that one answer lists. */
const MAX_CHANGES = 1_000;
const IDS_PER_QUERY = 500;
/** Runs whose cases are read at a time: an embedded database answers in one go, and everybody waits meanwhile. */
const RUNS_PER_READ = 20;

/** Two submissions, case by case. */
export function compareCasesRoute({ store }: Pick<QueryDeps, 'store'>): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/submissions/:id/cases/compare`,
    role: 'viewer',
    summary:
      'Cases that went another way than in the submission before, or are in one of both only',
    params: z.strictObject({ id: submissionIdSchema }),
    query: z.strictObject({ before: submissionIdSchema }),
    response: caseComparisonSchema,
    handler: async ({ params: { id }, query: { before }, signal }) => {
      for (const one of [id, before])
        orNotFound(await store.submissions.get(one), `submission ${one}`);
      const db = store.database.queries;
      const runs = compareRuns(await runsOf(db, before), await runsOf(db, id));
      return await compared(db, runs, new Turns(signal));
    },
  });
}

/** Runs with the attempt that they are judged by; none where nothing has ended. */
async function runsOf(db: Queries, submissionId: string) {
  const runs = await db
    .selectFrom('runs')
    .select(['id', 'name', 'ordinal', 'verdict', 'target'])
    .where('submission_id', '=', submissionId)
    .execute();
  const deciding = new Map<string, string>();
  for (const some of chunksFor(runs, 1, IDS_PER_QUERY)) {
    const attempts = db.selectFrom('attempts').select(['id', 'run_id', 'verdict']);
    const ids = some.map(({ id }) => id);
    const rows = await attempts.where('run_id', 'in', ids).orderBy('number').execute();
    for (const [id, group] of groupedInOrder(rows, ({ run_id }) => run_id)) {
      const attempt = decidingAttempt(group);
      if (attempt) deciding.set(id, attempt.id);
    }
  }
  return runs.map(({ target, ...run }) => ({
    ...run,
    requirement: { target },
    attemptId: deciding.get(run.id),
  }));
}

type Runs = ReturnType<typeof compareRuns<Awaited<ReturnType<typeof runsOf>>[number]>>;

async function compared(db: Queries, runs: Runs, turns: Turns): Promise<CaseComparison> {
  const changes: CaseChange[] = [];
  let same = 0;
  for (let at = 0; at < runs.length; at += RUNS_PER_READ) {
    await turns.pass();
    const some = runs.slice(at, at + RUNS_PER_READ);
    const casesOf = await casesBy(db, some);
    for (const { name, target, before, after } of some) {
      const side = (run: typeof after, one: { verdict: CaseVerdict | null } | undefined) =>
        run && one ? { runId: run.id, verdict: one.verdict } : null;
      for (const one of compareCases(casesOf(before), casesOf(after))) {
        if (one.change === 'same') same += 1;
        else
          changes.push({
            ...{ run: name, target, case: one.name, change: one.change },
            ...{ before: side(before, one.before), after: side(after, one.after) },
          });
      }
    }
  }
  changes.sort(byComparison);
  const items = changes.slice(0, MAX_CHANGES);
  return { items, more: changes.length - items.length, same };
}

async function casesBy(db: Queries, runs: Runs) {
  const ids = runs.flatMap(({ before, after }) => [
    before?.attemptId ?? [],
    after?.attemptId ?? [],
  ]);
  const rows = await db
    .selectFrom('cases')
    .select(['attempt_id', 'name', 'verdict'])
    .where('attempt_id', 'in', ids.flat())
    .orderBy('attempt_id')
    .orderBy('ordinal')
    .execute();
  const groups = new Map(groupedInOrder(rows, ({ attempt_id }) => attempt_id));
  return (run: Runs[number]['after']) => groups.get(run?.attemptId ?? '') ?? [];
}
