import { boardLabel } from '@greenrack/farm-model';
import type { BoardView } from '@greenrack/farm-protocol';
import { memo } from 'react';
import { Link } from 'react-router-dom';
import { boardSign, boardStateWords, causeWords } from '../model/board-list.js';
import { boardPath } from './board-link.js';
import { BoardState, boardTooltip } from './board-state.js';
import { Icon } from './icon.js';
import { Ago, Elapsed } from './times.js';

interface BoardProps {
  readonly board: BoardView;
}

const edges = (board: BoardView) => `edge-${board.availability} edge-${board.health}`;
const toneOf = (board: BoardView) => `sign-${boardSign(board)}`;

function Current({ current }: { current: NonNullable<BoardView['current']> }) {
  return (
    <p className="board-now">
      <Link to={`/runs/${current.runId}`} className="cut above" title={current.runName}>
        {current.runName}
      </Link>
      <Elapsed sinceMs={current.startedMs} />
    </p>
  );
}

function Resting({ board }: { readonly board: BoardView }) {
  const calm = board.health === 'good' && board.availability !== 'offline';
  const words = causeWords(board) || 'ready';
  return (
    <p className={`board-now ${calm ? 'quiet' : ''}`}>
      <span className="cut" title={words}>
        {words}
      </span>
      <Ago atMs={board.sinceMs} />
    </p>
  );
}

/** A board with room for words: for farms up to some dozens. */
export const BoardCard = memo(function BoardCard({ board }: BoardProps) {
  return (
    <li className={`board-card ${edges(board)}`}>
      <div className="board-head">
        <Link
          to={boardPath(board.serial)}
          className="board-serial cut stretched"
          title={boardTooltip(board, Date.now())}
          data-board={board.serial}
        >
          {boardLabel(board)}
        </Link>
        <BoardState board={board} />
      </div>
      <p className="board-target cut">
        {board.target}
        {board.fixtures.length > 0 && <span className="quiet"> · {board.fixtures.join(', ')}</span>}
      </p>
      {board.current ? <Current current={board.current} /> : <Resting board={board} />}
    </li>
  );
});

function cellWords(board: BoardView): string {
  if (board.current) return board.current.runName;
  return boardSign(board) === 'idle' ? board.target : causeWords(board);
}

/** A board in two short lines: for a hundred or two. */
export const BoardCell = memo(function BoardCell({ board }: BoardProps) {
  return (
    <li className={`board-cell ${edges(board)}`}>
      <Link
        to={boardPath(board.serial)}
        title={boardTooltip(board, Date.now())}
        data-board={board.serial}
      >
        <span className={`cell-sign ${toneOf(board)}`}>
          <Icon name={boardSign(board)} />
        </span>
        <span className="cell-serial cut">{boardLabel(board)}</span>
        {board.current && <Elapsed sinceMs={board.current.startedMs} />}
        <span className="cell-words cut">
          <span className="hidden">{boardStateWords(board)}. </span>
          {cellWords(board)}
        </span>
      </Link>
    </li>
  );
});

/** A board as a sign alone: hundreds of them fit on a screen. */
export const BoardTile = memo(function BoardTile({ board }: BoardProps) {
  return (
    <li>
      <Link
        to={boardPath(board.serial)}
        className={`board-tile ${toneOf(board)}`}
        aria-label={`${boardLabel(board)}: ${boardStateWords(board)}`}
        data-board={board.serial}
      >
        <Icon name={boardSign(board)} />
      </Link>
    </li>
  );
});
