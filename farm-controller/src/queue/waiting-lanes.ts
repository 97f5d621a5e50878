import type { Band } from '@greenrack/farm-protocol';
import { QUEUED, type Queries, RUNNING, runView } from '../store/for-stages.js';
import type { QueueSummary } from '../store/ports.js';

/** What waits, by lane, and what each tenant has; along the indexes of runs that wait and that run. */
export async function queueSummary(db: Queries, limit: number): Promise<QueueSummary> {
  const lanes = await db
    .selectFrom('runs')
    .select(['requirement_class', 'band', 'tenant'])
    .select((eb) => [
      eb.fn.countAll<number>().as('waiting'),
      eb.fn.min('id').as('first'),
      eb.fn.min('created_ms').as('oldest'),
    ])
    .where('state', '=', QUEUED)
    .groupBy(['requirement_class', 'band', 'tenant'])
    .execute();
  const running = await db
    .selectFrom('runs')
    .select('tenant')
    .select((eb) => eb.fn.countAll<number>().as('n'))
    .where('state', '=', RUNNING)
    .groupBy('tenant')
    .execute();
  const oldestFirst = lanes.sort((a, b) => (a.first < b.first ? -1 : 1));
  const shown = oldestFirst.slice(0, limit);
  const firsts = await runsById(
    db,
    shown.map(({ first }) => first),
  );
  return {
    lanes: shown.flatMap(({ first, tenant, band, waiting, oldest }) => {
      const run = firsts.get(first);
      const lane = { tenant, band: band as Band, runs: Number(waiting), oldestMs: Number(oldest) };
      return run ? [{ ...lane, first: run }] : [];
    }),
    moreLanes: oldestFirst.length - shown.length,
    tenants: tenantsOf(lanes, running),
  };
}

async function runsById(db: Queries, ids: readonly string[]) {
  if (ids.length === 0) return new Map<string, ReturnType<typeof runView>>();
  const rows = await db.selectFrom('runs').selectAll().where('id', 'in', ids).execute();
  return new Map(rows.map((row) => [row.id, runView(row)]));
}

function tenantsOf(
  lanes: readonly { tenant: string; waiting: number }[],
  running: readonly { tenant: string; n: number }[],
): QueueSummary['tenants'] {
  const tenants = new Map<string, { running: number; waiting: number }>();
  const of = (tenant: string) => {
    const known = tenants.get(tenant) ?? { running: 0, waiting: 0 };
    tenants.set(tenant, known);
    return known;
  };
  for (const { tenant, waiting } of lanes) of(tenant).waiting += Number(waiting);
  for (const { tenant, n } of running) of(tenant).running += Number(n);
  return [...tenants]
    .map(([tenant, counts]) => ({ tenant, ...counts }))
    .sort((a, b) => b.running - a.running || (a.tenant < b.tenant ? -1 : 1));
}
