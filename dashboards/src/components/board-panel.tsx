import { boardLabel } from '@greenrack/farm-model';
import type { BoardTransition, BoardView } from '@greenrack/farm-protocol';
import { useEffect, useRef, useState } from 'react';
import { Link } from 'react-router-dom';
import { boardStateWords } from '../model/board-list.js';
import { formatCount } from '../model/format.js';
import { BoardState } from './board-state.js';
import { Evidence } from './evidence.js';
import { Icon } from './icon.js';
import { Ago, Elapsed } from './times.js';
import { useSession } from './wiring-context.js';

type History = readonly BoardTransition[] | 'loading' | Error;

/** Read again whenever the board's state changes. */
function useHistory(board: BoardView): History {
  const { api } = useSession();
  const [history, setHistory] = useState<History>('loading');
  // biome-ignore lint/correctness/useExhaustiveDependencies: sinceMs marks a new transition.
  useEffect(() => {
    const reading = new AbortController();
    api.boardHistory(board.serial, reading.signal).then(setHistory, (error: Error) => {
      if (!reading.signal.aborted) setHistory(error);
    });
    return () => reading.abort();
  }, [api, board.serial, board.sinceMs]);
  return history;
}

function Transition({ step }: { readonly step: BoardTransition }) {
  return (
    <li>
      <Ago atMs={step.atMs} />
      <span>
        <b>
          {step.availability} · {step.health}
        </b>{' '}
        {step.cause}
        {step.evidence && <Evidence text={step.evidence} />}
        <span className="quiet"> {step.actor}</span>
      </span>
    </li>
  );
}

function HistoryList({ board }: { readonly board: BoardView }) {
  const history = useHistory(board);
  if (history === 'loading') return <p className="quiet">Reading…</p>;
  if (history instanceof Error) return <p className="quiet">{history.message}</p>;
  if (history.length === 0) return <p className="quiet">Nothing has happened to it yet.</p>;
  return (
    <ol className="history">
      {history.map((step) => (
        <Transition key={`${step.atMs} ${step.availability} ${step.health}`} step={step} />
      ))}
    </ol>
  );
}

function Facts({ board }: { readonly board: BoardView }) {
  return (
    <dl className="facts">
      <dt>State</dt>
      <dd>{boardStateWords(board)}</dd>
      <dt>Cause</dt>
      <dd>
        {board.cause || '–'} <span className="quiet">({board.actor || 'unknown'},</span>{' '}
        <Ago atMs={board.sinceMs} />
        <span className="quiet">)</span>
      </dd>
      {board.healthCause !== undefined && (
        <>
          <dt>Not trusted</dt>
          <dd>{board.healthCause}</dd>
        </>
      )}
      <dt>Runs now</dt>
      <dd>
        {board.current ? (
          <>
            <Link to={`/runs/${board.current.runId}`}>{board.current.runName}</Link>{' '}
            <Elapsed sinceMs={board.current.startedMs} />
          </>
        ) : (
          'nothing'
        )}
      </dd>
      <dt>Serial</dt>
      <dd>{board.serial}</dd>
      <dt>Target</dt>
      <dd>
        {board.target} <span className="quiet">{board.model}</span>
      </dd>
      <dt>Agent</dt>
      <dd>{board.agent}</dd>
      <dt>Driver</dt>
      <dd>{board.driver}</dd>
      <dt>Fixtures</dt>
      <dd>{board.fixtures.join(', ') || 'none'}</dd>
      <dt>Tags</dt>
      <dd>{board.tags.join(', ') || 'none'}</dd>
      <dt>Runs finished</dt>
      <dd className="num">{formatCount(board.runsFinished)}</dd>
    </dl>
  );
}

/** Everything about one board, over the page. */
export function BoardPanel({ board, onClose }: { board: BoardView; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself.
    <dialog
      ref={dialog}
      className="sheet"
      aria-labelledby="board-panel-title"
      onCancel={onClose}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
    >
      <div className="sheet-body">
        <header>
          <h2 id="board-panel-title">{boardLabel(board)}</h2>
          <BoardState board={board} />
          <button type="button" className="icon-button" onClick={onClose} aria-label="Close">
            <Icon name="close" />
          </button>
        </header>
        <Facts board={board} />
        <h3>History</h3>
        <HistoryList board={board} />
      </div>
    </dialog>
  );
}
