import { formatCount } from '../model/format.js';
import type { StandingCount } from '../model/run-list.js';
import { type Standing, standingLabel } from '../model/verdict-words.js';
import { Icon } from './icon.js';

/** Shares of all runs by standing, as one bar. */
export function VerdictBar({ counts }: { readonly counts: readonly StandingCount[] }) {
  const words = counts.map(({ standing, count }) => `${count} ${standingLabel(standing)}`);
  return (
    <div className="bar" role="img" aria-label={words.join(', ') || 'no runs'}>
      {counts.map(({ standing, count }) => (
        <span key={standing} className={`bar-part tone-${standing}`} style={{ flexGrow: count }} />
      ))}
    </div>
  );
}

interface LegendProps {
  readonly counts: readonly StandingCount[];
  readonly selected: ReadonlySet<Standing>;
  readonly onToggle: (standing: Standing) => void;
}

/** Counts beneath the bar; each is a filter. */
export function VerdictLegend({ counts, selected, onToggle }: LegendProps) {
  return (
    <fieldset className="legend">
      <legend className="hidden">Filter by verdict</legend>
      {counts.map(({ standing, count }) => (
        <button
          key={standing}
          type="button"
          className={`legend-item tone-${standing}`}
          aria-pressed={selected.has(standing)}
          onClick={() => onToggle(standing)}
        >
          <Icon name={standing} />
          <b>{formatCount(count)}</b> {standingLabel(standing)}
        </button>
      ))}
    </fieldset>
  );
}

/** The same counts as plain text with signs, for lists. */
export function VerdictCounts({ counts }: { readonly counts: readonly StandingCount[] }) {
  return (
    <span className="counts">
      {counts.map(({ standing, count }) => (
        <span key={standing} className={`count tone-${standing}`} title={standingLabel(standing)}>
          <Icon name={standing} />
          <span className="hidden">{standingLabel(standing)}</span> {formatCount(count)}
        </span>
      ))}
    </span>
  );
}
