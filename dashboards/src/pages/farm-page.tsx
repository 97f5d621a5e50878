import type { BoardView } from '@greenrack/farm-protocol';
import { useCallback, useMemo, useState } from 'react';
import { Link, useSearchParams } from 'react-router-dom';
import { FarmSource, RECENT_SUBMISSIONS } from '../api/farm-source.js';
import { BoardGroup } from '../components/board-group.js';
import { BoardPanel } from '../components/board-panel.js';
import { EmptyFarm } from '../components/empty-farm.js';
import { FarmFilters } from '../components/farm-filters.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Skeleton } from '../components/skeleton.js';
import { SubmissionRow } from '../components/submission-row.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import {
  type BoardFilter,
  countBoards,
  groupByAgent,
  matchesBoard,
  NO_BOARD_FILTER,
} from '../model/board-list.js';
import { type FarmState, newestSubmissions } from '../model/farm-state.js';

/** Above this many boards each gets a short cell instead of a card. */
const DENSE_ABOVE = 40;

function RecentSubmissions({ farm }: { readonly farm: FarmState }) {
  const recent = newestSubmissions(farm.submissions, RECENT_SUBMISSIONS);
  return (
    <aside className="recent" aria-labelledby="recent-title">
      <header className="panel-head">
        <h2 id="recent-title">Recent submissions</h2>
        <Link to="/submissions">All</Link>
      </header>
      {recent.length === 0 ? (
        <p className="quiet panel-note">
          Nothing has been submitted yet. Send images with <code>greenrack submit</code>.
        </p>
      ) : (
        <ul className="submission-list">
          {recent.map((view) => (
            <SubmissionRow key={view.id} view={view} />
          ))}
        </ul>
      )}
    </aside>
  );
}

interface BoardsProps {
  readonly farm: FarmState;
  readonly filter: BoardFilter;
  readonly onOpen: (serial: string) => void;
}

function Boards({ farm, filter, onOpen }: BoardsProps) {
  const groups = useMemo(
    () =>
      groupByAgent(
        [...farm.boards.values()].filter((board) => matchesBoard(board, filter)),
        farm.agents,
      ),
    [farm.boards, farm.agents, filter],
  );
  if (farm.boards.size === 0) return <EmptyFarm />;
  if (groups.length === 0) return <p className="panel empty quiet">No board matches the filter.</p>;
  const dense = farm.boards.size > DENSE_ABOVE;
  return groups.map((group) => (
    <BoardGroup key={group.agent} group={group} dense={dense} onOpen={onOpen} />
  ));
}

/** The open board is part of the address, so it can be sent to somebody. */
function useOpenBoard(boards: ReadonlyMap<string, BoardView>) {
  const [params, setParams] = useSearchParams();
  const open = useCallback(
    (serial: string | null) =>
      setParams(serial === null ? {} : { board: serial }, {
        replace: true,
        preventScrollReset: true,
      }),
    [setParams],
  );
  return { board: boards.get(params.get('board') ?? ''), open };
}

/** Boards with their state and what they run, and what was submitted lately. */
export function FarmPage() {
  useTitle('');
  const session = useSession();
  const source = useSource(() => new FarmSource(session), [session]);
  const { status, error, data: farm } = useStore(source.store);
  const [filter, setFilter] = useState(NO_BOARD_FILTER);
  const { board, open } = useOpenBoard(farm.boards);
  const counts = useMemo(() => countBoards(farm.boards.values()), [farm.boards]);

  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (status === 'loading') return <Skeleton />;
  return (
    <div className="farm">
      <div className="farm-boards">
        <h1 className="hidden">Farm</h1>
        {counts.total > 0 && <FarmFilters counts={counts} filter={filter} onChange={setFilter} />}
        <Boards farm={farm} filter={filter} onOpen={open} />
      </div>
      <RecentSubmissions farm={farm} />
      {board && <BoardPanel key={board.serial} board={board} onClose={() => open(null)} />}
    </div>
  );
}
