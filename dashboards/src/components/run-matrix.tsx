import type { RunView } from '@greenrack/farm-protocol';
import { memo, useMemo } from 'react';
import { Link } from 'react-router-dom';
import { type MatrixCell, type MatrixRow, runMatrix } from '../model/run-matrix.js';
import { standingLabel } from '../model/verdict-words.js';
import { Icon } from './icon.js';

/** Rows drawn at most: the list below has them all. */
const MOST_ROWS = 200;

function Cell({ cell, row, target }: { cell: MatrixCell; row: string; target: string }) {
  const { runs, standing, done } = cell;
  const [first] = runs;
  const many = runs.length > 1;
  const search = new URLSearchParams({ tab: 'runs', q: `run:"${row}" target:"${target}"` });
  const words = `${row} on ${target}: ${standingLabel(standing)}`;
  return (
    <Link
      to={many ? `?${search}` : `/runs/${first?.id}`}
      className={`matrix-cell tone-${standing}`}
      aria-label={many ? `${words}, ${done} of ${runs.length} done` : words}
      title={
        many ? `${words}, ${done} of ${runs.length} done` : `${words}\n${first?.message ?? ''}`
      }
    >
      <Icon name={standing} />
      <span>{many ? `${done}/${runs.length}` : standingLabel(standing)}</span>
    </Link>
  );
}

const Row = memo(function Row({ row, targets }: { row: MatrixRow; targets: readonly string[] }) {
  return (
    <tr>
      <th scope="row" className="cut" title={row.name}>
        {row.name}
      </th>
      {targets.map((target, at) => {
        const cell = row.cells[at];
        return <td key={target}>{cell && <Cell cell={cell} row={row.name} target={target} />}</td>;
      })}
    </tr>
  );
});

/** Runs × targets, filling in. Its shape stands from the beginning. */
export function RunMatrixView({ runs }: { readonly runs: ReadonlyMap<string, RunView> }) {
  const matrix = useMemo(() => runMatrix(runs.values()), [runs]);
  const shown = matrix.rows.slice(0, MOST_ROWS);
  return (
    <section className="matrix-section" aria-labelledby="matrix-title">
      <header className="page-head">
        <h2 id="matrix-title">Runs by target</h2>
      </header>
      <div className="panel matrix-scroll">
        <table className="matrix">
          <thead>
            <tr>
              <th scope="col">Run</th>
              {matrix.targets.map((target) => (
                <th key={target} scope="col">
                  {target}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <Row key={row.name} row={row} targets={matrix.targets} />
            ))}
          </tbody>
        </table>
      </div>
      {shown.length < matrix.rows.length && (
        <p className="quiet">
          {matrix.rows.length - shown.length} more are in the list of{' '}
          <Link to="?tab=runs">runs</Link>.
        </p>
      )}
    </section>
  );
}
