import type { RunView } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { formatDateTime, formatDuration, plural } from '../model/format.js';
import { type GanttBar, type GanttLane, ganttOf, ganttTicks } from '../model/gantt.js';
import { standingLabel, standingOf } from '../model/verdict-words.js';
import { boardPath } from './board-link.js';
import { useNow } from './use-clock.js';

const percent = (share: number) => `${(share * 100).toFixed(3)}%`;

function Bar({ bar: { run, left, width } }: { readonly bar: GanttBar }) {
  const words = `${run.name}: ${standingLabel(standingOf(run))}`;
  const took =
    run.finishedMs !== null && run.startedMs !== null ? run.finishedMs - run.startedMs : null;
  return (
    <Link
      to={`/runs/${run.id}`}
      className={`gantt-bar tone-${standingOf(run)}`}
      style={{ left: percent(left), width: percent(width) }}
      aria-label={words}
      title={took === null ? words : `${words}, ${formatDuration(took)}`}
    />
  );
}

function Lane({ lane }: { readonly lane: GanttLane }) {
  return (
    <div className="gantt-lane">
      <Link to={boardPath(lane.serial)} className="cut gantt-board" title={lane.serial}>
        {lane.label}
      </Link>
      <div className="gantt-track">
        {lane.bars.map((bar) => (
          <Bar key={bar.run.id} bar={bar} />
        ))}
      </div>
      <span className="num quiet gantt-busy">{Math.round(Math.min(1, lane.busy) * 100)} %</span>
    </div>
  );
}

/** Boards × time: which board did what when, and which waited. */
export function GanttChart({ runs }: { readonly runs: ReadonlyMap<string, RunView> }) {
  const now = useNow();
  const over = useMemo(() => [...runs.values()].every((run) => run.state === 'finished'), [runs]);
  // What is over does not move with the clock.
  const until = over ? 0 : now;
  const gantt = useMemo(() => ganttOf(runs.values(), until || Date.now()), [runs, until]);
  if (!gantt) return <p className="panel empty quiet">No run has begun yet.</p>;
  const whole = gantt.endMs - gantt.beginMs;
  return (
    <section className="panel gantt" aria-labelledby="gantt-title">
      <header className="panel-head">
        <h2 id="gantt-title">Boards over time</h2>
        <span className="quiet">
          {plural(gantt.lanes.length, 'board')}, {formatDuration(whole)} from{' '}
          {formatDateTime(gantt.beginMs)}; at the right how much of it each was busy
          {gantt.leftOut > 0 && `; ${plural(gantt.leftOut, 'run')} left out`}
        </span>
      </header>
      <div className="gantt-lanes">
        {gantt.lanes.map((lane) => (
          <Lane key={lane.serial} lane={lane} />
        ))}
        <div className="gantt-lane gantt-scale" aria-hidden="true">
          <span />
          <div className="gantt-track">
            {ganttTicks(whole).map((tick) => (
              <span key={tick} className="gantt-tick quiet" style={{ left: percent(tick / whole) }}>
                {formatDuration(tick)}
              </span>
            ))}
          </div>
        </div>
      </div>
    </section>
  );
}
