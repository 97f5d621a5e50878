import { filterBy } from '@greenrack/farm-model';
import type { SeriesView } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { listSeries } from '../api/series-api.js';
import { plural } from '../model/format.js';
import { FilterField } from './filter-field.js';
import { ProblemPanel } from './problem-panel.js';
import { Skeleton } from './skeleton.js';
import { useAnswer } from './use-answer.js';
import { useQueryText } from './use-query-text.js';
import { useSession } from './wiring-context.js';

const FIELDS = {
  target: ({ target }: SeriesView) => [target],
  image: ({ imageName }: SeriesView) => [imageName],
  case: ({ caseName }: SeriesView) => (caseName === null ? [] : [caseName]),
  metric: ({ metric }: SeriesView) => [metric],
  board: ({ boardSerial }: SeriesView) => [boardSerial],
};
const PAGE = 500;
const MOST = 5000;

async function readSeries(api: Parameters<typeof listSeries>[0], signal: AbortSignal) {
  const series: SeriesView[] = [];
  let cursor: string | undefined;
  do {
    const page = await listSeries(api, {}, { limit: PAGE, cursor }, signal);
    series.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && series.length < MOST);
  return series;
}

/** Address of a metric over builds. */
const metricPath = ({ target, imageName, caseName, metric }: SeriesView) =>
  `/trends?${new URLSearchParams({ target, image: imageName, case: caseName ?? '', metric })}`;

interface MetricGroup {
  readonly first: SeriesView;
  boards: number;
}

/** Metrics, each once for all boards that measure it. */
function metricsOf(series: readonly SeriesView[]): MetricGroup[] {
  const groups = new Map<string, MetricGroup>();
  for (const one of series) {
    const path = metricPath(one);
    const group = groups.get(path);
    if (group) group.boards += 1;
    else groups.set(path, { first: one, boards: 1 });
  }
  return [...groups.values()];
}

/** Every metric that the farm has measured over builds. */
export function SeriesPicker() {
  const { api } = useSession();
  const [text, setText] = useQueryText('q');
  const answer = useAnswer((signal) => readSeries(api, signal), [api]);
  const { matches, problems } = useMemo(() => filterBy(text, FIELDS), [text]);
  const shown = useMemo(
    () => metricsOf((answer.data ?? []).filter(matches)),
    [answer.data, matches],
  );
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  if (answer.status === 'loading') return <Skeleton />;
  return (
    <>
      <header className="page-head">
        <h1>Trends</h1>
        <FilterField
          label="Filter metrics"
          value={text}
          onChange={setText}
          fields={Object.keys(FIELDS)}
          problems={problems}
        />
      </header>
      {shown.length === 0 ? (
        <p className="panel empty quiet">
          {text === ''
            ? 'Nothing has been measured yet. Firmware and host tests report metrics by name, value and unit.'
            : 'No metric matches the filter.'}
        </p>
      ) : (
        <ul className="panel test-list">
          {shown.map(({ first, boards }) => (
            <li key={first.id} className="test-image">
              <p>
                <Link to={metricPath(first)}>
                  <b>{first.metric}</b>
                  {first.caseName !== null && ` · ${first.caseName}`}
                </Link>{' '}
                <span className="quiet">
                  {first.imageName} · {first.target} · {plural(boards, 'board')} · {first.kind}
                </span>
              </p>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
