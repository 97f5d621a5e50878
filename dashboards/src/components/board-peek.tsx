import { boardLabel } from '@greenrack/farm-model';
import type { BoardView } from '@greenrack/farm-protocol';
import { boardStateWords, causeWords } from '../model/board-list.js';
import { BoardState } from './board-state.js';
import { Ago, Elapsed } from './times.js';

/** What the tile under the pointer, or with the focus, stands for. Always as tall, so that nothing moves. */
export function BoardPeek({ board }: { readonly board: BoardView | undefined }) {
  if (!board)
    return (
      <aside className="panel peek quiet" aria-label="Board">
        Point at a board, or move with the arrow keys, to see what it does.
      </aside>
    );
  return (
    <aside className="panel peek" aria-label="Board" title={boardStateWords(board)}>
      <p className="peek-head">
        <b className="cut">{boardLabel(board)}</b>
        <BoardState board={board} />
      </p>
      <p className="cut">
        {board.target} <span className="quiet">on {board.agent}</span>
      </p>
      <p className="cut">
        {board.current ? (
          <>
            runs {board.current.runName}, <Elapsed sinceMs={board.current.startedMs} />
          </>
        ) : (
          <span className="quiet">
            {causeWords(board) || 'ready'}, <Ago atMs={board.sinceMs} />
          </span>
        )}
      </p>
    </aside>
  );
}
