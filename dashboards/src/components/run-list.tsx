import type { RunView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { formatDuration } from '../model/format.js';
import { standingOf } from '../model/verdict-words.js';
import { RunBoardLink } from './board-link.js';
import { Ago, Elapsed } from './times.js';
import { VerdictChip } from './verdict-chip.js';

function Duration({ run }: { readonly run: RunView }) {
  if (run.startedMs === null) return null;
  if (run.finishedMs === null) return <Elapsed sinceMs={run.startedMs} />;
  return <span className="num">{formatDuration(run.finishedMs - run.startedMs)}</span>;
}

interface Props {
  readonly runs: readonly RunView[];
  readonly label: string;
  readonly withBoard?: boolean;
}

/** Some runs, of whichever submissions. */
export function RunList({ runs, label, withBoard = false }: Props) {
  return (
    <ul className="run-list" aria-label={label}>
      {runs.map((run) => (
        <li key={run.id}>
          <VerdictChip standing={standingOf(run)} />
          <Link to={`/runs/${run.id}`} className="cut run-list-name">
            {run.name}
          </Link>
          <span className="cut quiet run-list-message" title={run.message}>
            {withBoard ? <RunBoardLink run={run} /> : run.message}
          </span>
          <span className="run-list-time">
            <Duration run={run} />
          </span>
          <span className="quiet run-list-ago">
            <Ago atMs={run.finishedMs ?? run.createdMs} />
          </span>
        </li>
      ))}
    </ul>
  );
}
