import type { ChangeDetail } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { formatMetric } from '../model/format.js';
import { buildName } from './change-list.js';

type OneMetric = ChangeDetail['metricList'][number];

function metricPath({ target, imageName }: ChangeDetail, { caseName, metric }: OneMetric): string {
  return `/trends?${new URLSearchParams({ target, image: imageName, case: caseName ?? '', metric })}`;
}

/** The metrics that moved together. */
export function ChangeMetrics({ change }: { readonly change: ChangeDetail }) {
  return (
    <section className="panel compare-scroll moved" aria-labelledby="moved-title">
      <header className="panel-head">
        <h2 id="moved-title">What moved</h2>
      </header>
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">Metric</th>
            <th scope="col" className="right">
              Before
            </th>
            <th scope="col" className="right">
              After
            </th>
            <th scope="col">Runs in turns</th>
          </tr>
        </thead>
        <tbody>
          {change.metricList.map((one) => (
            <tr key={one.seriesId}>
              <td>
                <Link to={metricPath(change, one)}>{one.metric}</Link>
                {one.caseName !== null && <span className="quiet"> · {one.caseName}</span>}
              </td>
              <td className="num right">{formatMetric(one.before, one.unit)}</td>
              <td className="num right">{formatMetric(one.after, one.unit)}</td>
              <td>
                {one.outcome ?? <span className="quiet">not confirmed yet</span>}
                {one.shift !== null && (
                  <span className="quiet"> by {formatMetric(one.shift, one.unit)}</span>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What the farm has run to be certain, and to find the first bad build. */
export function ChangeSteps({ steps }: { readonly steps: ChangeDetail['steps'] }) {
  if (steps.length === 0) return null;
  return (
    <section className="panel compare-scroll" aria-labelledby="steps-title">
      <header className="panel-head">
        <h2 id="steps-title">What the farm ran for it</h2>
      </header>
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">Step</th>
            <th scope="col">Builds</th>
            <th scope="col">In turns</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {steps.map((step) => (
            <tr key={step.seq}>
              <td>
                <Link to={`/submissions/${step.submissionId}`}>{step.kind}</Link>
              </td>
              <td className="sha">
                {buildName(step.good)} · {buildName(step.bad)}
              </td>
              <td className="sha">{step.sides}</td>
              <td>{step.outcome ?? <span className="quiet">running</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
