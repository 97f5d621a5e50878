import type { Metric } from '@greenrack/farm-protocol';
import { formatMetric } from '../model/format.js';

const BETTER: Record<Metric['direction'], string> = {
  lower: 'lower',
  higher: 'higher',
  none: '–',
};

/** Named numbers that the run measured. */
export function MetricTable({ metrics }: { readonly metrics: readonly Metric[] }) {
  return (
    <section className="panel" aria-labelledby="metrics-title">
      <header className="panel-head">
        <h2 id="metrics-title">Metrics</h2>
      </header>
      <table className="table metrics">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col" className="right">
              Value
            </th>
            <th scope="col">Better</th>
          </tr>
        </thead>
        <tbody>
          {metrics.map((metric, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a metric may come twice; the list only grows.
            <tr key={index}>
              <td>
                {metric.name}
                {metric.caseName !== undefined && (
                  <span className="quiet metric-case"> in {metric.caseName}</span>
                )}
              </td>
              <td className="num right">{formatMetric(metric.value, metric.unit)}</td>
              <td className="quiet metric-hint">{BETTER[metric.direction]}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
