import type { ChangeView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { formatMetric } from '../model/format.js';
import { boardPath } from './board-link.js';
import { Ago } from './times.js';

const TONES = { regression: 'fail', improvement: 'pass', change: 'flaky' } as const;

const buildName = ({ sha, imageSha256 }: ChangeView['bad']) => (sha ?? imageSha256).slice(0, 9);

function share({ before, after }: ChangeView['worst']): string {
  if (before === 0) return '';
  const percent = ((after - before) / Math.abs(before)) * 100;
  return ` (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`;
}

function Change({ change }: { readonly change: ChangeView }) {
  const { worst, good, bad } = change;
  return (
    <li className="change">
      <span className={`chip tone-${TONES[change.effect]}`}>{change.effect}</span>
      <span>
        <b>{worst.metric}</b> {formatMetric(worst.before, worst.unit)} →{' '}
        {formatMetric(worst.after, worst.unit)}
        {share(worst)}
        {change.metrics > 1 && <span className="quiet"> and {change.metrics - 1} more</span>}
        <span className="quiet">
          {' '}
          · {change.state}
          {change.assignee !== null && `, ${change.assignee} sees to it`}
          {change.missing !== null && ` · ${change.missing}`}
        </span>
        <br />
        <span className="quiet">
          {change.exact ? 'by ' : 'between '}
          {!change.exact && <span className="sha">{buildName(good)}</span>}
          {!change.exact && ' and '}
          <span className="sha">{buildName(bad)}</span> on{' '}
          <Link to={boardPath(change.boardSerial)}>{change.boardSerial}</Link>
        </span>
      </span>
      <span className="quiet">
        <Ago atMs={change.foundMs} />
      </span>
    </li>
  );
}

/** What changed in the series of an image, by which build, and what has become of it. */
export function ChangeList({ changes }: { readonly changes: readonly ChangeView[] }) {
  if (changes.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="changes-title">
      <header className="panel-head">
        <h2 id="changes-title">Changes</h2>
        <span className="quiet">of all metrics of this image</span>
      </header>
      <ul>
        {changes.map((change) => (
          <Change key={change.id} change={change} />
        ))}
      </ul>
    </section>
  );
}
