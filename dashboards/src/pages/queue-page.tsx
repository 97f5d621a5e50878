import type { LaneView, QueueView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { QueueSource } from '../api/queue-source.js';
import { CancelButton } from '../components/cancel-button.js';
import { Icon } from '../components/icon.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Skeleton } from '../components/skeleton.js';
import { Elapsed } from '../components/times.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import { formatCount, formatEta, plural } from '../model/format.js';

function needsOf({ first: { requirement } }: LaneView): string {
  const { fixtures, tags, board } = requirement;
  return [...fixtures, ...tags, ...(board === undefined ? [] : [board])].join(', ');
}

function Eta({ waiting }: { readonly waiting: LaneView['waiting'] }) {
  if (!waiting) return <span className="quiet">begins now</span>;
  if (waiting.blocked)
    return (
      <span className="queue-blocked">
        <Icon name="blocked" /> stuck
      </span>
    );
  return waiting.etaMs === null ? (
    <span className="quiet">not measured yet</span>
  ) : (
    <span>{formatEta(waiting.etaMs)}</span>
  );
}

function Lane({ lane }: { readonly lane: LaneView }) {
  const needs = needsOf(lane);
  return (
    <li className={`queue-lane ${lane.waiting?.blocked ? 'is-stuck' : ''}`}>
      <b className="num queue-count">{formatCount(lane.runs)}</b>
      <div className="queue-what">
        <p>
          <b>{lane.first.requirement.target}</b>
          {needs !== '' && <span> with {needs}</span>}
          <span className="quiet">
            {' '}
            · {lane.tenant} · {lane.band} priority
          </span>
        </p>
        <p className="queue-why">{lane.waiting?.reason ?? 'A board is being chosen.'}</p>
        <p className="quiet queue-next">
          next: <Link to={`/runs/${lane.first.id}`}>{lane.first.name}</Link> of{' '}
          <Link to={`/submissions/${lane.first.submissionId}`}>its submission</Link>
        </p>
      </div>
      <div className="queue-when">
        <Eta waiting={lane.waiting} />
        <span className="quiet">
          waits <Elapsed sinceMs={lane.oldestMs} />
        </span>
        <CancelButton
          key={lane.first.submissionId}
          id={lane.first.submissionId}
          tenant={lane.tenant}
          what="every run of its submission"
          className="link-button"
        />
      </div>
    </li>
  );
}

function Tenants({ tenants }: { readonly tenants: QueueView['tenants'] }) {
  const whole = tenants.reduce((sum, { running }) => sum + running, 0);
  return (
    <section className="panel" aria-labelledby="tenants-title">
      <header className="panel-head">
        <h2 id="tenants-title">Who has the boards</h2>
      </header>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Tenant</th>
            <th scope="col" className="right">
              runs now
            </th>
            <th scope="col" className="right">
              waiting
            </th>
          </tr>
        </thead>
        <tbody>
          {tenants.map(({ tenant, running, waiting }) => (
            <tr key={tenant}>
              <td className="cut">{tenant}</td>
              <td className="num right">
                {formatCount(running)}
                {whole > 0 && (
                  <span className="quiet"> · {Math.round((running / whole) * 100)} %</span>
                )}
              </td>
              <td className="num right">{formatCount(waiting)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

/** What waits, why, and when it may begin. */
export function QueuePage() {
  useTitle('Queue');
  const session = useSession();
  const source = useSource(() => new QueueSource(session), [session]);
  const { status, error, data: queue } = useStore(source.store);
  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (!queue) return <Skeleton />;
  const runs = queue.tenants.reduce((sum, { waiting }) => sum + waiting, 0);
  return (
    <>
      <header className="page-head">
        <h1>Queue</h1>
        <span className="quiet num">{runs === 0 ? 'nothing waits' : plural(runs, 'run')}</span>
      </header>
      <div className="queue-page">
        {queue.lanes.length === 0 ? (
          <p className="panel empty quiet">
            Nothing waits: whatever is submitted now begins as soon as its board is free.
          </p>
        ) : (
          <ul className="panel queue-lanes" aria-label="What waits">
            {queue.lanes.map((lane) => (
              <Lane key={lane.first.id} lane={lane} />
            ))}
            {queue.moreLanes > 0 && (
              <li className="quiet panel-note">and {plural(queue.moreLanes, 'more kind')}</li>
            )}
          </ul>
        )}
        {queue.tenants.length > 0 && <Tenants tenants={queue.tenants} />}
      </div>
    </>
  );
}
