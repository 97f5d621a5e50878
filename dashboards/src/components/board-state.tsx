import type { BoardView } from '@greenrack/farm-protocol';
import { boardStateWords, causeWords } from '../model/board-list.js';
import { formatAgo } from '../model/format.js';
import { Icon } from './icon.js';

/** State, cause, who and when, in the words of a tooltip. */
export function boardTooltip(board: BoardView, nowMs: number): string {
  const cause = causeWords(board) === '' ? '' : `\n${causeWords(board)}`;
  const actor = board.actor === '' ? '' : ` by ${board.actor}`;
  const who = board.name === undefined ? board.serial : `${board.name} (${board.serial})`;
  return `${who}: ${boardStateWords(board)}${cause}\nset${actor} ${formatAgo(board.sinceMs, nowMs)}`;
}

/**
 * Both axes of a board's state: may it be used, is it trusted. Good health goes without saying, and so does that a board
 * rests which nobody trusts.
 */
export function BoardState({ board }: { readonly board: BoardView }) {
  return (
    <span className="board-state">
      {(board.health === 'good' || board.availability !== 'idle') && (
        <span className={`chip state-${board.availability}`}>
          <Icon name={board.availability} />
          {board.availability}
        </span>
      )}
      {board.health !== 'good' && (
        <span className={`chip health-${board.health}`}>
          <Icon name={board.health} />
          {board.health}
        </span>
      )}
    </span>
  );
}
