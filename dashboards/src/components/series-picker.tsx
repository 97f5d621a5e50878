import type { SeriesView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { listSeries } from '../api/series-api.js';
import { plural } from '../model/format.js';
import { Picker, type ReadPage } from './picker.js';
import { TrendTabs } from './trend-tabs.js';

const FIELDS = {
  target: ({ target }: SeriesView) => [target],
  image: ({ imageName }: SeriesView) => [imageName],
  case: ({ caseName }: SeriesView) => (caseName === null ? [] : [caseName]),
  metric: ({ metric }: SeriesView) => [metric],
  board: ({ boardSerial }: SeriesView) => [boardSerial],
};

const readSeries: ReadPage<SeriesView> = (api, page, signal) => listSeries(api, {}, page, signal);

/** Address of a metric over builds. */
export const metricPath = ({ target, imageName, caseName, metric }: SeriesView) =>
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
  return (
    <Picker
      title="Trends"
      noun="metrics"
      fields={FIELDS}
      read={readSeries}
      empty="Nothing has been measured yet. Firmware and host tests report metrics by name, value and unit."
      tabs={<TrendTabs />}
    >
      {(shown) =>
        metricsOf(shown).map(({ first, boards }) => (
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
        ))
      }
    </Picker>
  );
}
