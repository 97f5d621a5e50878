import type { BoardView, RunView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { troubledImages, troubleShare } from '../model/board-mix.js';
import { countStandings } from '../model/run-list.js';
import { BoardLink } from './board-link.js';
import { Reading } from './reading.js';
import type { Answer } from './use-answer.js';
import { VerdictBar } from './verdict-bar.js';

export interface BoardRuns {
  readonly board: BoardView;
  readonly runs: readonly RunView[];
}

function Mix({ of: { board, runs }, own }: { readonly of: BoardRuns; readonly own: boolean }) {
  return (
    <tr className={own ? 'mix-own' : ''}>
      <th scope="row" className="cut">
        {own ? 'This board' : <BoardLink board={board} />}
      </th>
      <td className="mix-bar">
        {runs.length === 0 ? (
          <span className="quiet">no runs yet</span>
        ) : (
          <VerdictBar counts={countStandings(runs)} />
        )}
      </td>
      <td className="num right">
        {runs.length > 0 && `${Math.round(troubleShare(runs) * 100)} % bad`}
      </td>
    </tr>
  );
}

interface Props {
  readonly own: BoardRuns;
  readonly siblings: Answer<readonly BoardRuns[]>;
  /** Runs that were looked at on each board. */
  readonly limit: number;
}

/** How a board does beside others of its target: whether it is the board or the code. */
export function BoardSiblings({ own, siblings, limit }: Props) {
  const others = siblings.data ?? [];
  const images = troubledImages(
    own.runs,
    others.flatMap(({ runs }) => runs),
  ).slice(0, 6);
  return (
    <section className="panel" aria-labelledby="mix-title">
      <header className="panel-head">
        <h2 id="mix-title">Beside its siblings</h2>
        <span className="quiet">latest {limit} runs of each</span>
      </header>
      <table className="table mix">
        <tbody>
          <Mix of={own} own />
          {others.map((one) => (
            <Mix key={one.board.serial} of={one} own={false} />
          ))}
        </tbody>
      </table>
      {siblings.status === 'loading' && <Reading />}
      {siblings.status === 'failed' && <p className="bad panel-note">{siblings.error.message}</p>}
      {siblings.data?.length === 0 && (
        <p className="quiet panel-note">No other board of {own.board.target} has run anything.</p>
      )}
      {siblings.data && images.length > 0 && (
        <table className="table mix-images">
          <thead>
            <tr>
              <th scope="col">Not good here</th>
              <th scope="col" className="right">
                here
              </th>
              <th scope="col" className="right">
                siblings
              </th>
            </tr>
          </thead>
          <tbody>
            {images.map(({ image, here, elsewhere }) => (
              <tr key={image}>
                <td className="cut">
                  <Link
                    to={`/tests?${new URLSearchParams({ target: own.board.target, image, case: '' })}`}
                  >
                    {image}
                  </Link>
                </td>
                <td className="num right bad">
                  {here.bad} of {here.runs}
                </td>
                <td className="num right">
                  {elsewhere.bad} of {elsewhere.runs}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
