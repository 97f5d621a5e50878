import type { ChangeView } from '@greenrack/farm-protocol';
import { lazy, Suspense, useMemo } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { listChanges } from '../api/change-api.js';
import type { FarmApi } from '../api/farm-api.js';
import { listSeries, type MetricQuestion, seriesPoints } from '../api/series-api.js';
import { AllChanges } from '../components/all-changes.js';
import { boardPath } from '../components/board-link.js';
import { ChangeList } from '../components/change-list.js';
import { dashOf, LINE_TONES } from '../components/chart-colours.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { SeriesPicker } from '../components/series-picker.js';
import { Skeleton } from '../components/skeleton.js';
import { useLiveAnswer } from '../components/use-live-answer.js';
import { useTitle } from '../components/use-title.js';
import { formatMetric, plural } from '../model/format.js';
import { changeMarks, changeShare, type Trend, trendOf } from '../model/trend.js';

/** Boards drawn at most. */
const MOST_SERIES = 16;
const POINTS = 500;
const CHANGES = 50;
const NO_CHANGES: readonly ChangeView[] = [];

const TrendChart = lazy(async () => {
  const { TrendChart: chart } = await import('../components/trend-chart.js');
  return { default: chart };
});

async function readTrend(api: FarmApi, question: Required<MetricQuestion>, signal: AbortSignal) {
  const { items } = await listSeries(api, question, { limit: MOST_SERIES }, signal);
  return await Promise.all(
    items.map(async (series) => ({
      series,
      points: await seriesPoints(api, series.id, POINTS, signal),
    })),
  );
}

const BETTER = { lower: 'lower is better', higher: 'higher is better', none: '' } as const;

function LineRow({ line, at }: { readonly line: Trend['lines'][number]; readonly at: number }) {
  const { series, values, runId } = line;
  const latest = values.findLast((value) => value !== null) ?? null;
  const first = values.find((value) => value !== null) ?? null;
  const share = changeShare(values);
  const tone = LINE_TONES[at % LINE_TONES.length] ?? 'idle';
  return (
    <tr>
      <td>
        <span
          className={`line-key tone-${tone} ${dashOf(at).length > 0 ? 'line-dashed' : ''}`}
          aria-hidden="true"
        />
        {series.boardSerial === '' ? (
          'image'
        ) : (
          <Link to={boardPath(series.boardSerial)}>{series.boardSerial}</Link>
        )}
      </td>
      <td className="num right">{first !== null && formatMetric(first, series.unit)}</td>
      <td className="num right">
        {latest !== null && <Link to={`/runs/${runId}`}>{formatMetric(latest, series.unit)}</Link>}
      </td>
      <td className="num right">
        {share !== undefined && `${share > 0 ? '+' : ''}${(share * 100).toFixed(1)} %`}
      </td>
      <td className="quiet">
        {[series.toolchain, series.profile, series.configuration].filter(Boolean).join(' · ')}
      </td>
    </tr>
  );
}

function LineTable({ trend }: { readonly trend: Trend }) {
  return (
    <div className="panel compare-scroll">
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">Board</th>
            <th scope="col" className="right">
              First
            </th>
            <th scope="col" className="right">
              Latest
            </th>
            <th scope="col" className="right">
              Change
            </th>
            <th scope="col">Built with</th>
          </tr>
        </thead>
        <tbody>
          {trend.lines.map((line, at) => (
            <LineRow key={line.series.id} line={line} at={at} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Metric({ question }: { readonly question: Required<MetricQuestion> }) {
  const { target, image, case: caseName, metric } = question;
  const answer = useLiveAnswer(
    (api, signal) => readTrend(api, question, signal),
    { board: (view) => view.target === target && view.current === null, everyMs: 10_000 },
    [],
  );
  const found = useLiveAnswer(
    (api, signal) => listChanges(api, { target, image, limit: CHANGES }, signal),
    { changes: () => true },
    [],
  );
  useTitle(metric);
  const trend = useMemo(() => trendOf(answer.data ?? []), [answer.data]);
  const changes = found.data?.items ?? NO_CHANGES;
  const marks = useMemo(() => changeMarks(trend, changes), [trend, changes]);
  const first = trend.lines[0]?.series;
  return (
    <>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to="/trends">Trends</Link>
        <span aria-hidden="true">/</span>
        <span>{target}</span>
        <span aria-hidden="true">/</span>
        <Link to={`/tests?${new URLSearchParams({ target, image, case: caseName })}`}>
          {image}
          {caseName !== '' && ` · ${caseName}`}
        </Link>
      </nav>
      <header className="page-head">
        <h1>{metric}</h1>
        {first && (
          <span className="quiet">
            {plural(trend.builds.length, 'build')}
            {first.direction !== 'none' && ` · ${BETTER[first.direction]}`} · {first.kind}
          </span>
        )}
      </header>
      {answer.status === 'failed' && <ProblemPanel error={answer.error} onRetry={answer.reload} />}
      {answer.status === 'loading' && <Skeleton />}
      {answer.data && !first && (
        <p className="panel empty quiet">No board has measured this yet.</p>
      )}
      {first && (
        <div className="test-page">
          <div className="panel chart-panel">
            <Suspense fallback={<div className="chart" />}>
              <TrendChart trend={trend} unit={first.unit} marks={marks} />
            </Suspense>
          </div>
          <ChangeList changes={changes} />
          {found.status === 'failed' && <ProblemPanel error={found.error} onRetry={found.reload} />}
          <LineTable trend={trend} />
        </div>
      )}
    </>
  );
}

/** A metric over builds, board by board; without one in the address, all that there are. */
export function TrendsPage() {
  const [params] = useSearchParams();
  useTitle('Trends');
  const [target, image, metric] = [params.get('target'), params.get('image'), params.get('metric')];
  if (params.get('tab') === 'changes') return <AllChanges />;
  if (target === null || image === null || metric === null) return <SeriesPicker />;
  const question = { target, image, case: params.get('case') ?? '', metric };
  // Another metric is another page: the line of the one before must not stand under its name.
  return <Metric key={JSON.stringify(question)} question={question} />;
}
