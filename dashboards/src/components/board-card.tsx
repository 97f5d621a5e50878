import { boardLabel } from '@greenrack/farm-model';
import type { BoardView } from '@greenrack/farm-protocol';
import { memo } from 'react';
import { Link } from 'react-router-dom';
import { causeWords } from '../model/board-list.js';
import { BoardState, boardTooltip } from './board-state.js';
import { Icon } from './icon.js';
import { Ago, Elapsed } from './times.js';

export interface BoardProps {
  readonly board: BoardView;
  readonly onOpen: (serial: string) => void;
}

function Current({ current }: { current: NonNullable<BoardView['current']> }) {
  return (
    <p className="board-now">
      <Link to={`/runs/${current.runId}`} className="cut" title={current.runName}>
        {current.runName}
      </Link>
      <Elapsed sinceMs={current.startedMs} />
    </p>
  );
}

function Resting({ board }: { readonly board: BoardView }) {
  const calm = board.health === 'good' && board.availability !== 'offline';
  return (
    <p className={`board-now ${calm ? 'quiet' : ''}`}>
      <span className="cut" title={causeWords(board)}>
        {causeWords(board) || 'ready'}
      </span>
      <Ago atMs={board.sinceMs} />
    </p>
  );
}

/** A board with room for words: for farms up to some dozens. */
export const BoardCard = memo(function BoardCard({ board, onOpen }: BoardProps) {
  return (
    <li className={`board-card edge-${board.availability} edge-${board.health}`}>
      <div className="board-head">
        <button
          type="button"
          className="board-serial cut"
          title={boardTooltip(board, Date.now())}
          onClick={() => onOpen(board.serial)}
        >
          {boardLabel(board)}
        </button>
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
  return board.health === 'good' ? board.target : `${board.health}: ${causeWords(board)}`;
}

/** A board in two short lines: for farms of hundreds. */
export const BoardCell = memo(function BoardCell({ board, onOpen }: BoardProps) {
  const sign = board.health === 'good' ? board.availability : board.health;
  const kind = board.health === 'good' ? 'state' : 'health';
  return (
    <li className={`board-cell edge-${board.availability} edge-${board.health}`}>
      <button
        type="button"
        title={boardTooltip(board, Date.now())}
        onClick={() => onOpen(board.serial)}
      >
        <span className={`cell-sign ${kind}-${sign}`}>
          <Icon name={sign} />
          <span className="hidden">
            {board.availability}, {board.health}
          </span>
        </span>
        <span className="cell-serial cut">{boardLabel(board)}</span>
        {board.current && <Elapsed sinceMs={board.current.startedMs} />}
        <span className="cell-words cut">{cellWords(board)}</span>
      </button>
    </li>
  );
});
