import type { AttemptFold, PhaseSpan } from '../model/attempt-fold.js';
import { formatDuration, formatOffset } from '../model/format.js';

function PhaseRow({ span, totalUs }: { readonly span: PhaseSpan; readonly totalUs: number }) {
  const endUs = span.endUs ?? totalUs;
  const left = (span.beginUs / totalUs) * 100;
  const width = Math.max(0.4, ((endUs - span.beginUs) / totalUs) * 100);
  const kind = span.ok === null ? 'open' : span.ok ? 'ok' : 'bad';
  return (
    <li className={`phase phase-${kind}`}>
      <span className="phase-name">{span.phase}</span>
      <span className="phase-track" aria-hidden="true">
        <span
          className="phase-bar"
          style={{ left: `${Math.min(left, 99.6)}%`, width: `${width}%` }}
        />
      </span>
      <span className="num right">
        {span.endUs === null ? 'now' : formatDuration((span.endUs - span.beginUs) / 1000)}
      </span>
      {span.ok === false && <p className="phase-detail">failed: {span.detail || 'no detail'}</p>}
    </li>
  );
}

/** Phases of an attempt over time, and what was noted on the way. */
export function PhaseTimeline({ fold }: { readonly fold: AttemptFold }) {
  if (fold.phases.length === 0 && fold.remarks.length === 0) return null;
  const totalUs = Math.max(1, fold.lastUs);
  return (
    <section className="panel" aria-labelledby="phases-title">
      <header className="panel-head">
        <h2 id="phases-title">Phases</h2>
        <span className="quiet num">
          {formatDuration(totalUs / 1000)} {fold.ended ? 'in total' : 'so far'}
        </span>
      </header>
      <ol className="phases">
        {fold.phases.map((span) => (
          <PhaseRow key={`${span.phase} ${span.beginUs}`} span={span} totalUs={totalUs} />
        ))}
      </ol>
      {fold.remarks.length > 0 && (
        <ul className="remarks">
          {fold.remarks.map((remark, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: remarks are appended, never moved.
            <li key={index}>
              <span className="num quiet">{formatOffset(remark.atUs, 3)}</span> {remark.text}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
