import { boardLabel } from '@greenrack/farm-model';
import type { BoardView } from '@greenrack/farm-protocol';
import { Link, useParams } from 'react-router-dom';
import { runsOnBoard } from '../api/board-api.js';
import type { FarmApi } from '../api/farm-api.js';
import { FarmSource } from '../api/farm-source.js';
import { BoardActions } from '../components/board-actions.js';
import { BoardHistory } from '../components/board-history.js';
import { BoardSiblings } from '../components/board-siblings.js';
import { BoardState } from '../components/board-state.js';
import { Fact } from '../components/fact.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Reading } from '../components/reading.js';
import { RunList } from '../components/run-list.js';
import { Skeleton } from '../components/skeleton.js';
import { StateStrip } from '../components/state-strip.js';
import { Ago, Elapsed } from '../components/times.js';
import { useLiveAnswer } from '../components/use-live-answer.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import { causeWords } from '../model/board-list.js';
import { formatCount } from '../model/format.js';

/** Runs looked at on a board, and on each sibling. */
const RUNS = 100;
const MOST_SIBLINGS = 6;
const LISTED = 25;

function Now({ board }: { readonly board: BoardView }) {
  if (board.current)
    return (
      <p className="board-line">
        runs <Link to={`/runs/${board.current.runId}`}>{board.current.runName}</Link> since{' '}
        <Elapsed sinceMs={board.current.startedMs} />
      </p>
    );
  const words = causeWords(board);
  return (
    <p className="board-line">
      {words === '' ? 'ready' : words}
      <span className="quiet">
        {board.actor !== '' && ` · ${board.actor}`} · <Ago atMs={board.sinceMs} />
      </span>
    </p>
  );
}

function Facts({ board }: { readonly board: BoardView }) {
  return (
    <dl className="facts inline-facts run-facts">
      <Fact name="Target">
        {board.target} <span className="quiet">{board.model}</span>
      </Fact>
      <Fact name="Rack">
        <Link to={`/?q=${encodeURIComponent(`rack:"${board.agent}"`)}`}>{board.agent}</Link>
      </Fact>
      <Fact name="Serial">
        <code>{board.serial}</code>
      </Fact>
      <Fact name="Driver">{board.driver}</Fact>
      <Fact name="Fixtures">{board.fixtures.join(', ') || 'none'}</Fact>
      {board.tags.length > 0 && <Fact name="Tags">{board.tags.join(', ')}</Fact>}
      <Fact name="Runs finished">
        <span className="num">{formatCount(board.runsFinished)}</span>
      </Fact>
    </dl>
  );
}

/** Others of the same target, those of other racks last. */
function siblingsOf(board: BoardView, all: Iterable<BoardView>): BoardView[] {
  const others = [...all].filter(
    ({ target, serial }) => target === board.target && serial !== board.serial,
  );
  const far = (one: BoardView) => (one.agent === board.agent ? 0 : 1);
  return others.sort((a, b) => far(a) - far(b)).slice(0, MOST_SIBLINGS);
}

async function readMix(api: FarmApi, boards: readonly BoardView[], signal: AbortSignal) {
  return await Promise.all(
    boards.map(async (board) => ({
      board,
      runs: await runsOnBoard(api, { serial: board.serial, limit: RUNS }, signal),
    })),
  );
}

function Board({ board, siblings }: { board: BoardView; siblings: readonly BoardView[] }) {
  const { serial } = board;
  const serials = siblings.map((one) => one.serial);
  const history = useLiveAnswer(
    (api, signal) => api.boardHistory(serial, signal),
    { board: (view) => view.serial === serial },
    [serial],
  );
  const own = useLiveAnswer(
    (api, signal) => readMix(api, [board], signal),
    { board: (view) => view.serial === serial && view.current === null },
    [serial],
  );
  const others = useLiveAnswer(
    (api, signal) => readMix(api, siblings, signal),
    { board: (view) => serials.includes(view.serial), everyMs: 10_000 },
    [serials.join(' ')],
  );
  const [runs] = own.data ?? [];
  return (
    <>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to="/">Boards</Link>
        <span aria-hidden="true">/</span>
        <span>{board.agent}</span>
      </nav>
      <header className="page-head">
        <h1 className="cut">{boardLabel(board)}</h1>
        <BoardState board={board} />
        <span className="page-actions">
          <BoardActions board={board} />
        </span>
      </header>
      <Now board={board} />
      <Facts board={board} />
      {history.data && <StateStrip history={history.data} />}
      {history.status === 'failed' && (
        <ProblemPanel error={history.error} onRetry={history.reload} />
      )}
      <div className="board-page">
        <section className="panel" aria-labelledby="board-runs-title">
          <header className="panel-head">
            <h2 id="board-runs-title">Latest runs</h2>
          </header>
          {own.status === 'loading' && <Reading />}
          {own.status === 'failed' && <p className="bad panel-note">{own.error.message}</p>}
          {runs?.runs.length === 0 && (
            <p className="quiet panel-note">It has not run anything yet.</p>
          )}
          {runs && <RunList runs={runs.runs.slice(0, LISTED)} label="Latest runs" />}
        </section>
        <div className="board-side">
          {runs && <BoardSiblings own={runs} siblings={others} limit={RUNS} />}
          {history.data && <BoardHistory history={history.data} />}
        </div>
      </div>
    </>
  );
}

/** One board: what it does, its past, and how it does beside its siblings. */
export function BoardPage() {
  const { serial = '' } = useParams();
  const session = useSession();
  const source = useSource(() => new FarmSource(session), [session]);
  const { status, error, data: farm } = useStore(source.store);
  const board = farm.boards.get(serial);
  useTitle(board ? boardLabel(board) : 'Board');

  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (status === 'loading') return <Skeleton />;
  if (!board)
    return (
      <section className="panel empty">
        <h1>There is no board {serial.slice(0, 80)}</h1>
        <p>
          It is not in the inventory (any more). <Link to="/">All boards</Link>
        </p>
      </section>
    );
  return <Board key={serial} board={board} siblings={siblingsOf(board, farm.boards.values())} />;
}
