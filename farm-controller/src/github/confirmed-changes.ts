import type { GithubHeadRow, Queries } from '../store/for-stages.js';
import type { ConfirmedChange } from './check-model.js';

/** Metrics of one commit that are told. */
const MAX_METRICS = 200;

/** What runs in turns have confirmed to begin with this commit, the most certain first; what people have accepted is over. */
export async function confirmedChanges(
  db: Queries,
  { repository, tenant, sha }: Pick<GithubHeadRow, 'repository' | 'tenant' | 'sha'>,
): Promise<ConfirmedChange[]> {
  const rows = await db
    .selectFrom('changes')
    .innerJoin('change_metrics', 'change_metrics.change_id', 'changes.id')
    .innerJoin('series', 'series.id', 'change_metrics.series_id')
    .select(['changes.target', 'changes.image_name', 'changes.exact', 'changes.good_sha'])
    .select(['change_metrics.effect', 'change_metrics.before_value', 'change_metrics.after_value'])
    .select(['change_metrics.p', 'change_metrics.kind'])
    .select(['series.metric', 'series.case_name', 'series.unit'])
    .where('changes.bad_sha', '=', sha)
    .where('changes.repository', '=', repository)
    .where('changes.tenant', '=', tenant)
    .where('changes.state', 'in', ['verified', 'assigned'])
    .where('change_metrics.outcome', '=', 'confirmed')
    .orderBy('change_metrics.p')
    .orderBy('series.metric')
    .limit(MAX_METRICS)
    .execute();
  return rows.map((row) => ({
    ...{ target: row.target, imageName: row.image_name, caseName: row.case_name },
    ...{ metric: row.metric, unit: row.unit, effect: row.effect },
    ...{ was: row.before_value, is: row.after_value },
    chance: row.kind === 'exact' ? 0 : row.p,
    commit: sha,
    ...(row.exact === 0 && row.good_sha !== null && { after: row.good_sha }),
  }));
}
