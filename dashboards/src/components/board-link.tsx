import { boardLabel, boardLabelOf } from '@greenrack/farm-model';
import type { BoardView, RunView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';

/** Address of a board's page. */
export const boardPath = (serial: string) => `/boards/${encodeURIComponent(serial)}`;

/** A board's name, leading to its page. */
export function BoardLink({ board }: { readonly board: BoardView }) {
  return (
    <Link to={boardPath(board.serial)} title={board.serial}>
      {boardLabel(board)}
    </Link>
  );
}

/** The board of a run, once it has one. */
export function RunBoardLink({
  run,
}: {
  readonly run: Pick<RunView, 'boardSerial' | 'boardName'>;
}) {
  if (run.boardSerial === null) return null;
  return (
    <Link to={boardPath(run.boardSerial)} title={run.boardSerial}>
      {boardLabelOf(run)}
    </Link>
  );
}
