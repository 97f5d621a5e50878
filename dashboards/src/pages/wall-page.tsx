import { BOARD_FIELDS, filterBy, type Matcher } from '@greenrack/farm-model';
import type { BoardView } from '@greenrack/farm-protocol';
import {
  type SyntheticEvent,
  useCallback,
  useDeferredValue,
  useMemo,
  useRef,
  useState,
} from 'react';
import { FarmSource } from '../api/farm-source.js';
import { BoardGroup } from '../components/board-group.js';
import { BoardPeek } from '../components/board-peek.js';
import { EmptyFarm } from '../components/empty-farm.js';
import { OutOfService } from '../components/out-of-service.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { RecentSubmissions } from '../components/recent-submissions.js';
import { Skeleton } from '../components/skeleton.js';
import { useGridKeys } from '../components/use-grid-keys.js';
import { useQueryText } from '../components/use-query-text.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { WallBar } from '../components/wall-bar.js';
import { useSession } from '../components/wiring-context.js';
import { countBoards, groupByAgent } from '../model/board-list.js';
import { type Density, densityFor } from '../model/density.js';
import type { FarmState } from '../model/farm-state.js';

interface WallProps {
  readonly farm: FarmState;
  readonly matches: Matcher<BoardView>['matches'];
  readonly density: Density;
  readonly onPeek: (serial: string) => void;
}

/** Racks and their boards; arrow keys go from board to board. */
function Wall({ farm, matches, density, onPeek }: WallProps) {
  const grid = useRef<HTMLDivElement>(null);
  const onKeyDown = useGridKeys(grid, '[data-board]');
  const groups = useMemo(
    () => groupByAgent([...farm.boards.values()].filter(matches), farm.agents),
    [farm.boards, farm.agents, matches],
  );
  const peek = (event: SyntheticEvent) => {
    const board = event.target instanceof Element ? event.target.closest('[data-board]') : null;
    const serial = board?.getAttribute('data-board');
    if (serial) onPeek(serial);
  };
  if (farm.boards.size === 0) return <EmptyFarm />;
  if (groups.length === 0) return <p className="panel empty quiet">No board matches the filter.</p>;
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the links inside are what one acts on; this adds arrow keys.
    <div
      ref={grid}
      className={`wall wall-${density}`}
      onKeyDown={onKeyDown}
      onFocus={peek}
      onMouseOver={peek}
    >
      {groups.map((group) => (
        <BoardGroup key={group.agent} group={group} density={density} />
      ))}
    </div>
  );
}

/** The lab as it stands: which boards there are, what each does, and what is out of service and why. */
export function WallPage() {
  useTitle('');
  const session = useSession();
  const source = useSource(() => new FarmSource(session), [session]);
  const { status, error, data: farm } = useStore(source.store);
  const [text, setText] = useQueryText('q');
  const [chosen, setChosen] = useQueryText('view');
  const [peeked, setPeeked] = useState('');
  const counts = useMemo(() => countBoards(farm.boards.values()), [farm.boards]);
  const wanted = useDeferredValue(text);
  const { matches, problems } = useMemo(() => filterBy(wanted, BOARD_FIELDS), [wanted]);
  const onPeek = useCallback((serial: string) => setPeeked(serial), []);

  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (status === 'loading') return <Skeleton />;
  const density = densityFor(chosen, counts.total);
  return (
    <div className="farm">
      <div className="farm-boards">
        <h1 className="hidden">Boards</h1>
        {counts.total > 0 && (
          <WallBar
            counts={counts}
            filter={text}
            problems={problems}
            density={density}
            onFilter={setText}
            onDensity={setChosen}
          />
        )}
        <Wall farm={farm} matches={matches} density={density} onPeek={onPeek} />
      </div>
      <div className="farm-side">
        {density === 'tiles' && <BoardPeek board={farm.boards.get(peeked)} />}
        <OutOfService boards={farm.boards} />
        <RecentSubmissions farm={farm} />
      </div>
    </div>
  );
}
