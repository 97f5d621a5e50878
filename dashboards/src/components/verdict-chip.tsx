import { explainStanding, type Standing, standingLabel } from '../model/verdict-words.js';
import { Icon } from './icon.js';

/** Verdict or state as sign, word and colour. */
export function VerdictChip({ standing, large = false }: { standing: Standing; large?: boolean }) {
  return (
    <span
      className={`chip tone-${standing}${large ? ' chip-large' : ''}`}
      title={explainStanding(standing)}
    >
      <Icon name={standing} />
      {standingLabel(standing)}
    </span>
  );
}
