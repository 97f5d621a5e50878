import type { BoardCounts, BoardFilter } from '../model/board-list.js';
import { formatCount } from '../model/format.js';
import { FilterField } from './filter-field.js';
import { Icon, type IconName } from './icon.js';

interface Props {
  readonly counts: BoardCounts;
  readonly filter: BoardFilter;
  readonly onChange: (filter: BoardFilter) => void;
}

interface TileProps {
  readonly count: number;
  readonly label: string;
  readonly icon: IconName;
  readonly tone: string;
  readonly pressed: boolean;
  readonly onPress: () => void;
}

function Tile({ count, label, icon, tone, pressed, onPress }: TileProps) {
  return (
    <button type="button" className={`tile ${tone}`} aria-pressed={pressed} onClick={onPress}>
      <b className="num">{formatCount(count)}</b>
      <span>
        <Icon name={icon} />
        {label}
      </span>
    </button>
  );
}

const AVAILABILITY_TILES = [
  { key: 'any', count: 'total', label: 'boards', icon: 'rack' },
  { key: 'leased', count: 'leased', label: 'leased', icon: 'leased' },
  { key: 'idle', count: 'idle', label: 'idle', icon: 'idle' },
  { key: 'offline', count: 'offline', label: 'offline', icon: 'offline' },
] as const;

/** Counts that filter when pressed, and a text filter. */
export function FarmFilters({ counts, filter, onChange }: Props) {
  return (
    <search className="farm-filters">
      <div className="tiles">
        {AVAILABILITY_TILES.map((tile) => (
          <Tile
            key={tile.key}
            count={counts[tile.count]}
            label={tile.label}
            icon={tile.icon}
            tone={counts[tile.count] > 0 ? `state-${tile.key}` : 'state-any'}
            pressed={filter.availability === tile.key && !filter.troubleOnly}
            onPress={() => onChange({ ...filter, availability: tile.key, troubleOnly: false })}
          />
        ))}
        <Tile
          count={counts.unwell}
          label="not in good health"
          icon="suspect"
          tone={counts.unwell > 0 ? 'health-suspect' : 'state-any'}
          pressed={filter.troubleOnly}
          onPress={() =>
            onChange({ ...filter, availability: 'any', troubleOnly: !filter.troubleOnly })
          }
        />
      </div>
      <FilterField
        label="Filter boards"
        value={filter.text}
        onChange={(text) => onChange({ ...filter, text })}
      />
    </search>
  );
}
