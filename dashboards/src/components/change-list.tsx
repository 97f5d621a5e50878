import type { ChangeView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { changeWord, explainChange } from '../model/change-list.js';
import { formatMetric } from '../model/format.js';
import { boardPath } from './board-link.js';
import { Ago } from './times.js';

const TONES = { regression: 'fail', improvement: 'pass', change: 'flaky' } as const;

/** A build by its commit, as far as that is known. */
export const buildName = ({ sha, imageSha256 }: ChangeView['bad']) =>
  (sha ?? imageSha256).slice(0, 9);

/** Whether it is good, in word and colour. */
export function EffectChip({ effect }: Pick<ChangeView, 'effect'>) {
  return <span className={`chip tone-${TONES[effect]}`}>{effect}</span>;
}

/** `412 cycles → 443 cycles (+7.5 %)`. */
export function shiftWords({ before, after, unit }: ChangeView['worst']): string {
  const words = `${formatMetric(before, unit)} → ${formatMetric(after, unit)}`;
  if (before === 0) return words;
  const percent = ((after - before) / Math.abs(before)) * 100;
  return `${words} (${percent > 0 ? '+' : ''}${percent.toFixed(1)} %)`;
}

/** The builds between which it came. */
export function ChangeBuilds({ change: { exact, good, bad } }: { readonly change: ChangeView }) {
  return (
    <>
      {exact ? 'by ' : 'between '}
      {!exact && <span className="sha">{buildName(good)}</span>}
      {!exact && ' and '}
      <span className="sha">{buildName(bad)}</span>
    </>
  );
}

interface RowProps {
  readonly change: ChangeView;
  /** Where it is not said by the page. */
  readonly withImage?: boolean;
}

/** One change: what, by which build, where, and what has become of it. */
export function ChangeRow({ change, withImage = false }: RowProps) {
  const { worst, state } = change;
  return (
    <li className="change">
      <EffectChip effect={change.effect} />
      <span>
        <Link to={`/changes/${change.id}`}>
          <b>{worst.metric}</b>
          {worst.caseName !== null && ` · ${worst.caseName}`} {shiftWords(worst)}
        </Link>
        {change.metrics > 1 && <span className="quiet"> and {change.metrics - 1} more</span>}
        <span className="quiet" title={explainChange(state)}>
          {' '}
          · {changeWord(state)}
          {change.assignee !== null && `, ${change.assignee} sees to it`}
          {change.missing !== null && ` · ${change.missing}`}
        </span>
        <br />
        <span className="quiet">
          {withImage && `${change.imageName} · ${change.target} · `}
          <ChangeBuilds change={change} />
          {change.boardSerial !== '' && (
            <>
              {' '}
              on <Link to={boardPath(change.boardSerial)}>{change.boardSerial}</Link>
            </>
          )}
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
          <ChangeRow key={change.id} change={change} />
        ))}
      </ul>
    </section>
  );
}
