import type { ScheduleEvent, ScheduleView } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { listSchedules, scheduleHistory, tellSchedule } from '../api/admin-api.js';
import { ActionButton } from '../components/action-button.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Skeleton } from '../components/skeleton.js';
import { Ago } from '../components/times.js';
import { useAnswer } from '../components/use-answer.js';
import { useLiveAnswer } from '../components/use-live-answer.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import { formatDateTime, plural } from '../model/format.js';
import { mayDo } from '../model/roles.js';

function Event({ event }: { readonly event: ScheduleEvent }) {
  return (
    <li>
      <span>
        <b>{event.kind}</b> by {event.actor}
        {event.submissionId !== null && (
          <>
            {' '}
            · <Link to={`/submissions/${event.submissionId}`}>its submission</Link>
          </>
        )}
        {event.reason !== '' && <span className="quiet"> · {event.reason}</span>}
        {event.missed > 0 && (
          <span className="quiet"> · {plural(event.missed, 'time')} missed</span>
        )}
      </span>
      <Ago atMs={event.atMs} />
    </li>
  );
}

function Past({ id, seq }: { readonly id: string; readonly seq: number }) {
  const { api } = useSession();
  const answer = useAnswer((signal) => scheduleHistory(api, id, signal), [api, id, seq]);
  if (answer.status === 'failed') return <p className="bad">{answer.error.message}</p>;
  return (
    <ol className="schedule-past">
      {answer.data?.map((event) => (
        <Event key={event.seq} event={event} />
      ))}
    </ol>
  );
}

function Actions({ view, onDone }: { readonly view: ScheduleView; readonly onDone: () => void }) {
  const { api, identity } = useSession();
  if (view.deleted || !mayDo(identity.role, 'submitter') || identity.tenant !== view.tenant)
    return null;
  const tell = async (what: 'pause' | 'resume' | 'run') => {
    await tellSchedule(api, view.id, what);
    onDone();
  };
  return (
    <span className="buttons">
      <ActionButton onAct={() => tell('run')}>Run now</ActionButton>
      <ActionButton onAct={() => tell(view.paused ? 'resume' : 'pause')}>
        {view.paused ? 'Resume' : 'Pause'}
      </ActionButton>
    </span>
  );
}

function Schedule({ view, onDone }: { readonly view: ScheduleView; readonly onDone: () => void }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="schedule">
      <div className="schedule-head">
        <h2 className="cut">{view.name}</h2>
        {view.paused && <span className="chip tone-skipped">paused</span>}
        <Actions view={view} onDone={onDone} />
      </div>
      <p>
        <code>{view.cron}</code> <span className="quiet">{view.timeZone}</span> · {view.repository}{' '}
        <span className="quiet">{view.ref.replace(/^refs\/(heads|tags)\//, '')}</span>
      </p>
      <p className="quiet">
        {view.nextMs === null ? 'not due again' : `next ${formatDateTime(view.nextMs)}`} ·{' '}
        {view.tenant}, by {view.createdBy}
        {view.lastSubmissionId !== null && (
          <>
            {' '}
            ·{' '}
            <Link to={`/submissions/${view.lastSubmissionId}?tab=nightly`}>its latest report</Link>
          </>
        )}{' '}
        ·{' '}
        <button
          type="button"
          className="link-button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        >
          {open ? 'hide what happened' : 'what happened'}
        </button>
      </p>
      {open && <Past id={view.id} seq={view.last.seq} />}
    </li>
  );
}

/** A schedule that was due submits something. */
const NEWS = { submission: () => true, everyMs: 3000 };

/** What is submitted again and again, and what became of it. */
export function SchedulesPage() {
  useTitle('Schedules');
  const answer = useLiveAnswer(listSchedules, NEWS, []);
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  if (answer.status === 'loading') return <Skeleton />;
  return (
    <>
      <header className="page-head">
        <h1>Schedules</h1>
      </header>
      {answer.data.length === 0 ? (
        <section className="panel empty">
          <p>
            Nothing is submitted on its own. <code>greenrack schedules create</code> has a spec run
            every night over the newest images of a branch.
          </p>
        </section>
      ) : (
        <ul className="panel schedules">
          {answer.data.map((view) => (
            <Schedule key={view.id} view={view} onDone={answer.reload} />
          ))}
        </ul>
      )}
    </>
  );
}
