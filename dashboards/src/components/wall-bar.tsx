import { BOARD_FIELDS } from '@greenrack/farm-model';
import { type BoardCounts, COUNT_FILTERS } from '../model/board-list.js';
import type { Density } from '../model/density.js';
import { formatCount } from '../model/format.js';
import { FilterField } from './filter-field.js';
import { Icon, type IconName } from './icon.js';
import { Segmented } from './segmented.js';

interface Tile {
  readonly count: keyof BoardCounts;
  readonly label: string;
  readonly icon: IconName;
  readonly tone: string;
}

const TILES: readonly Tile[] = [
  { count: 'total', label: 'boards', icon: 'rack', tone: 'sign-any' },
  { count: 'leased', label: 'running', icon: 'leased', tone: 'sign-leased' },
  { count: 'idle', label: 'idle', icon: 'idle', tone: 'sign-idle' },
  { count: 'offline', label: 'offline', icon: 'offline', tone: 'sign-offline' },
  { count: 'unwell', label: 'to look at', icon: 'suspect', tone: 'sign-suspect' },
];

const DENSITY_OPTIONS = [
  { value: 'cards', label: 'Cards' },
  { value: 'rows', label: 'Rows' },
  { value: 'tiles', label: 'Tiles' },
] as const;

interface Props {
  readonly counts: BoardCounts;
  readonly filter: string;
  readonly problems: readonly string[];
  readonly density: Density;
  readonly onFilter: (text: string) => void;
  readonly onDensity: (density: Density) => void;
}

/** Counts that filter when pressed, a filter to type, and how dense the wall is. */
export function WallBar({ counts, filter, problems, density, onFilter, onDensity }: Props) {
  return (
    <search className="wall-bar">
      <div className="tiles">
        {TILES.map(({ count, label, icon, tone }) => (
          <button
            key={count}
            type="button"
            className={`tile ${counts[count] > 0 ? tone : 'sign-any'}`}
            aria-pressed={filter.trim() === COUNT_FILTERS[count]}
            onClick={() => onFilter(COUNT_FILTERS[count])}
          >
            <b className="num">{formatCount(counts[count])}</b>
            <span>
              <Icon name={icon} />
              {label}
            </span>
          </button>
        ))}
      </div>
      <FilterField
        label="Filter boards"
        value={filter}
        onChange={onFilter}
        fields={Object.keys(BOARD_FIELDS)}
        problems={problems}
      />
      <Segmented label="Density" options={DENSITY_OPTIONS} value={density} onChange={onDensity} />
    </search>
  );
}
