import type { KeyboardEvent, ReactNode } from 'react';
import { formatCount } from '../model/format.js';
import type { TimeMode } from './console-row.js';
import { FilterField } from './filter-field.js';
import { Icon } from './icon.js';

interface SearchProps {
  readonly term: string;
  readonly onTerm: (term: string) => void;
  readonly total: number;
  /** Place of the current match, from 1; 0 for none. */
  readonly place: number;
  readonly onStep: (step: 1 | -1) => void;
}

/** Search with Enter for the next match and Shift+Enter for the one before. */
export function ConsoleSearchBar({ term, onTerm, total, place, onStep }: SearchProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    onStep(event.shiftKey ? -1 : 1);
  };
  const none = total === 0;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: it only hears what the field inside lets bubble.
    <span className="console-search" onKeyDown={onKeyDown}>
      <FilterField label="Search" value={term} onChange={onTerm} />
      <output className="quiet num search-count">
        {term === ''
          ? ''
          : none
            ? 'none'
            : `${place === 0 ? '–' : formatCount(place)} / ${formatCount(total)}`}
      </output>
      <button
        type="button"
        className="icon-button"
        disabled={none}
        onClick={() => onStep(-1)}
        aria-label="Match before"
      >
        <Icon name="up" />
      </button>
      <button
        type="button"
        className="icon-button"
        disabled={none}
        onClick={() => onStep(1)}
        aria-label="Next match"
      >
        <Icon name="down" />
      </button>
    </span>
  );
}

export interface Toggle {
  readonly on: boolean;
  readonly set: (on: boolean) => void;
}

interface OptionsProps {
  readonly time: TimeMode;
  readonly onTime: (mode: TimeMode) => void;
  readonly wrap: Toggle;
  readonly follow: Toggle;
  readonly full: Toggle;
}

function ToggleButton({ toggle, children }: { toggle: Toggle; children: ReactNode }) {
  return (
    <button
      type="button"
      className="button toggle"
      aria-pressed={toggle.on}
      onClick={() => toggle.set(!toggle.on)}
    >
      {children}
    </button>
  );
}

/** Time stamps, wrapping, following, full size. */
export function ConsoleOptions({ time, onTime, wrap, follow, full }: OptionsProps) {
  return (
    <span className="console-options">
      <label className="select">
        <span className="hidden">Time stamps</span>
        <select value={time} onChange={(event) => onTime(event.target.value as TimeMode)}>
          <option value="offset">Seconds</option>
          <option value="clock">Clock</option>
          <option value="none">No times</option>
        </select>
      </label>
      <ToggleButton toggle={wrap}>Wrap</ToggleButton>
      <ToggleButton toggle={follow}>Follow</ToggleButton>
      <button
        type="button"
        className="icon-button"
        aria-pressed={full.on}
        aria-label={full.on ? 'Back to the page' : 'Fill the window'}
        title={full.on ? 'Back to the page (Esc)' : 'Fill the window'}
        onClick={() => full.set(!full.on)}
      >
        <Icon name={full.on ? 'shrink' : 'expand'} />
      </button>
    </span>
  );
}
