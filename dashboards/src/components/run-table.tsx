import { boardLabelOf } from '@greenrack/farm-model';
import type { RunView } from '@greenrack/farm-protocol';
import { memo, useRef } from 'react';
import { Link } from 'react-router-dom';
import { formatDuration, formatProgress } from '../model/format.js';
import { type RunSortKey, runDurationMs } from '../model/run-list.js';
import { standingOf } from '../model/verdict-words.js';
import { Icon } from './icon.js';
import { Elapsed } from './times.js';
import { NARROW, useMedia } from './use-media.js';
import { useWindowed } from './use-windowed.js';
import { VerdictChip } from './verdict-chip.js';

export interface RunSort {
  readonly sort: RunSortKey;
  readonly descending: boolean;
}

const COLUMNS: readonly { readonly key: RunSortKey; readonly label: string }[] = [
  { key: 'ordinal', label: '#' },
  { key: 'verdict', label: 'Verdict' },
  { key: 'name', label: 'Run' },
  { key: 'target', label: 'Target' },
  { key: 'board', label: 'Board' },
  { key: 'cases', label: 'Cases' },
  { key: 'duration', label: 'Time' },
];

/** Same as in the style sheet. */
const ROW_PX = { wide: 34, narrow: 76 } as const;

function Duration({ run }: { readonly run: RunView }) {
  if (run.startedMs === null) return null;
  if (run.finishedMs === null) return <Elapsed sinceMs={run.startedMs} />;
  return formatDuration(runDurationMs(run, run.finishedMs) ?? 0);
}

interface RowProps {
  readonly run: RunView;
  readonly index: number;
}

const RunRow = memo(function RunRow({ run, index }: RowProps) {
  return (
    <tr className="run-row" aria-rowindex={index + 2}>
      <td className="run-ordinal num quiet">{run.ordinal + 1}</td>
      <td className="run-verdict">
        <VerdictChip standing={standingOf(run)} />
      </td>
      <td className="run-name cut">
        <Link to={`/runs/${run.id}`} className="stretched" title={run.name}>
          {run.name}
        </Link>
        {run.attempts > 1 && <span className="quiet"> {run.attempts} attempts</span>}
      </td>
      <td className="run-target cut">{run.requirement.target}</td>
      <td className="run-board cut" title={run.boardSerial ?? undefined}>
        {boardLabelOf(run)}
      </td>
      <td className="run-cases num">{formatProgress(run.casesDone, run.casesTotal)}</td>
      <td className="run-time num">
        <Duration run={run} />
      </td>
      <td className="run-message cut" title={run.message}>
        {run.message}
      </td>
    </tr>
  );
});

function HeadCell(props: {
  column: (typeof COLUMNS)[number];
  view: RunSort;
  onSort: (key: RunSortKey) => void;
}) {
  const { column, view, onSort } = props;
  const active = view.sort === column.key;
  const direction = view.descending ? 'descending' : 'ascending';
  return (
    <th scope="col" className={`run-${column.key}`} aria-sort={active ? direction : 'none'}>
      <button type="button" onClick={() => onSort(column.key)}>
        {column.label}
        {active && <Icon name={view.descending ? 'down' : 'up'} />}
      </button>
    </th>
  );
}

interface Props extends RunSort {
  readonly runs: readonly RunView[];
  readonly onSort: (key: RunSortKey) => void;
}

/** Runs with their verdicts; draws only the rows in sight, so thousands cost no more than dozens. */
export function RunTable({ runs, sort, descending, onSort }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  const rowPx = useMedia(NARROW) ? ROW_PX.narrow : ROW_PX.wide;
  const { start, end } = useWindowed(body, runs.length, rowPx);
  return (
    <table className="run-table" aria-label="Runs" aria-rowcount={runs.length + 1}>
      <thead>
        <tr className="run-head" aria-rowindex={1}>
          {COLUMNS.map((column) => (
            <HeadCell
              key={column.key}
              column={column}
              view={{ sort, descending }}
              onSort={onSort}
            />
          ))}
          <th scope="col" className="run-message">
            Message
          </th>
        </tr>
      </thead>
      <tbody ref={body} style={{ height: runs.length * rowPx, paddingTop: start * rowPx }}>
        {runs.slice(start, end).map((run, index) => (
          <RunRow key={run.id} run={run} index={start + index} />
        ))}
      </tbody>
    </table>
  );
}
