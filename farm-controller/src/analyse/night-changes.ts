import type { ChangeView, Flake, NightlySuspect } from '@greenrack/farm-protocol';
import type { Queries } from '../store/for-stages.js';
import { listChanges } from './change-views.js';
import { flakesOf, readExecutions } from './flakes.js';
import { seriesView } from './series-store.js';

/** The newest changes of a branch among which those of a night are looked for; suspects. */
const MAX_LOOKED_AT = 1_000;
/** Over how long the rate of a flake is told, in ms. */
const FLAKE_SPAN_MS = 14 * 86_400_000;

/** Of what, and since when. */
export interface NightOfBranch {
  readonly tenant: string;
  /** Undefined when nobody said what was built. */
  readonly branch?: { readonly repository: string; readonly ref: string } | undefined;
  readonly has: (target: string, imageName: string) => boolean;
  readonly sinceMs: number;
  readonly untilMs: number;
}

/** What the analysis has to say of a night. */
export interface NightChanges {
  readonly changes: readonly ChangeView[];
  readonly suspects: readonly NightlySuspect[];
  readonly flakes: readonly Flake[];
}

export async function nightChanges(db: Queries, night: NightOfBranch): Promise<NightChanges> {
  const { branch } = night;
  return {
    changes: branch ? await changesOf(db, night, branch) : [],
    suspects: branch ? await suspectsOf(db, night, branch) : [],
    flakes: await recentFlakes(db, night),
  };
}

type Branch = NonNullable<NightOfBranch['branch']>;

async function changesOf(db: Queries, night: NightOfBranch, branch: Branch): Promise<ChangeView[]> {
  const { items } = await listChanges(db, branch, { limit: MAX_LOOKED_AT });
  const isThen = (ms: number) => ms >= night.sinceMs && ms < night.untilMs;
  return items.filter(
    ({ tenant, target, imageName, foundMs, changedMs }) =>
      tenant === night.tenant &&
      night.has(target, imageName) &&
      (isThen(foundMs) || isThen(changedMs)),
  );
}

async function suspectsOf(
  db: Queries,
  { tenant, has }: NightOfBranch,
  { repository, ref }: Branch,
): Promise<NightlySuspect[]> {
  const rows = await db
    .selectFrom('series_states')
    .innerJoin('series', 'series.id', 'series_states.series_id')
    .selectAll('series')
    .select('series_states.value')
    .where('series_states.state', '=', 'suspect')
    .where('series_states.ref', '=', ref)
    .where('series.tenant', '=', tenant)
    .where('series.repository', '=', repository)
    .orderBy('series.metric')
    .limit(MAX_LOOKED_AT)
    .execute();
  const here = rows.filter(({ target, image_name }) => has(target, image_name));
  return here.map(({ value, ...row }) => ({ series: seriesView(row), value }));
}

async function recentFlakes(
  db: Queries,
  { has, sinceMs, untilMs }: NightOfBranch,
): Promise<Flake[]> {
  const executions = await readExecutions(db, { sinceMs: sinceMs - FLAKE_SPAN_MS });
  const here = executions.filter(
    ({ target, imageName, startedMs }) => has(target, imageName) && startedMs < untilMs,
  );
  return (await flakesOf(here)).filter(({ lastMs }) => lastMs >= sinceMs);
}
