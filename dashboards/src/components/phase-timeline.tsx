import type { AttemptFold, PhaseSpan } from '../model/attempt-fold.js';
import { formatDuration, formatOffset } from '../model/format.js';

interface RowProps {
  readonly span: PhaseSpan;
  readonly totalUs: number;
  readonly over: boolean;
}

function PhaseRow({ span, totalUs, over }: RowProps) {
  const endUs = span.endUs ?? totalUs;
  const left = (span.beginUs / totalUs) * 100;
  const width = Math.max(0.4, ((endUs - span.beginUs) / totalUs) * 100);
  const kind = span.ok === null && !over ? 'open' : span.ok ? 'ok' : 'bad';
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
        {span.endUs === null && !over ? 'now' : formatDuration((endUs - span.beginUs) / 1000)}
      </span>
      {span.ok === false && <p className="phase-detail">failed: {span.detail || 'no detail'}</p>}
      {span.ok === null && over && <p className="phase-detail">never reported its end</p>}
    </li>
  );
}

interface Props {
  readonly fold: AttemptFold;
  /** The attempt has finished, with or without its last events: a lost agent sends none. */
  readonly over: boolean;
}

/** Phases of an attempt over time, and what was noted on the way. */
export function PhaseTimeline({ fold, over }: Props) {
  if (fold.phases.length === 0 && fold.remarks.length === 0) return null;
  const totalUs = Math.max(1, fold.lastUs);
  return (
    <section className="panel" aria-labelledby="phases-title">
      <header className="panel-head">
        <h2 id="phases-title">Phases</h2>
        <span className="quiet num">
          {formatDuration(totalUs / 1000)} {over ? 'in total' : 'so far'}
        </span>
      </header>
      <ol className="phases">
        {fold.phases.map((span) => (
          <PhaseRow
            key={`${span.phase} ${span.beginUs}`}
            span={span}
            totalUs={totalUs}
            over={over}
          />
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
