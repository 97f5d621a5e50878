import type { NightlyReport, SubmissionView } from '@greenrack/farm-protocol';
import type { ReactNode } from 'react';
import { Link } from 'react-router-dom';
import { nightlyOf } from '../api/submission-api.js';
import { formatCount } from '../model/format.js';
import { BoardLink } from './board-link.js';
import { BoardState } from './board-state.js';
import { ChangeRow } from './change-list.js';
import { Failure, Fix, Missing, NotRun } from './nightly-lists.js';
import { ProblemPanel } from './problem-panel.js';
import { Skeleton } from './skeleton.js';
import { Ago } from './times.js';
import { useLiveAnswer } from './use-live-answer.js';
import { useQueryText } from './use-query-text.js';

const CONCLUSIONS = {
  good: { tone: 'pass', words: 'Nothing is worse than the time before.' },
  bad: { tone: 'fail', words: 'Something is worse than the time before.' },
  unknown: { tone: 'flaky', words: 'Nothing is worse as far as is known: not all has a result.' },
} as const;

const FIRST = {
  tone: 'skipped',
  words: 'There is no earlier submission of its schedule, or of its name and branch: all is new.',
} as const;

interface PartProps<T> {
  readonly title: string;
  readonly list: { readonly total: number; readonly items: readonly T[] };
  readonly children: (item: T, at: number) => ReactNode;
}

/** A list of the report; one that is empty says nothing. */
function Part<T>({ title, list: { total, items }, children }: PartProps<T>) {
  if (total === 0) return null;
  return (
    <section className="panel" aria-label={title}>
      <header className="panel-head">
        <h2>{title}</h2>
        <span className="quiet num">
          {items.length < total && `${formatCount(items.length)} of `}
          {formatCount(total)}
        </span>
      </header>
      <ul className="night-list">{items.map(children)}</ul>
    </section>
  );
}

function Coverage({ items }: { readonly items: NightlyReport['coverage']['items'] }) {
  if (items.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="coverage-title">
      <header className="panel-head">
        <h2 id="coverage-title">Expected against run</h2>
      </header>
      <table className="table">
        <thead>
          <tr>
            <th scope="col">Target</th>
            <th scope="col" className="right">
              Runs
            </th>
            <th scope="col" className="right">
              Cases
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map(({ target, runs, expectedRuns, cases, expectedCases }) => (
            <tr key={target}>
              <td>{target}</td>
              <td className={`num right ${runs < expectedRuns ? 'bad' : ''}`}>
                {formatCount(runs)} of {formatCount(expectedRuns)}
              </td>
              <td className={`num right ${cases < expectedCases ? 'bad' : ''}`}>
                {formatCount(cases)} of {formatCount(expectedCases)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

function Report({ report }: { readonly report: NightlyReport }) {
  const { tone, words } = report.before ? CONCLUSIONS[report.conclusion] : FIRST;
  return (
    <div className="test-page night">
      <p className={`verdict-words edge tone-${tone}`}>
        {words}{' '}
        {report.before && (
          <span className="quiet">
            Compared with <Link to={`/submissions/${report.before.id}`}>{report.before.name}</Link>,{' '}
            <Ago atMs={report.before.createdMs} />
            {report.schedule && `, by the schedule ${report.schedule.name}`}
          </span>
        )}
      </p>
      <Part title="New failures" list={report.newFailures}>
        {(one, at) => <Failure key={at} one={one} />}
      </Part>
      <Part title="Not there any more" list={report.missing}>
        {(one, at) => <Missing key={at} one={one} />}
      </Part>
      <Part title="Changes in speed and size" list={report.changes}>
        {(change) => <ChangeRow key={change.id} change={change} withImage />}
      </Part>
      <Part title="Without a result" list={report.notRun}>
        {(one) => <NotRun key={one.runId} one={one} />}
      </Part>
      <Part title="Mended" list={report.fixed}>
        {(one, at) => <Fix key={at} one={one} />}
      </Part>
      <Part title="Still failing" list={report.stillFailing}>
        {(one, at) => <Failure key={at} one={one} />}
      </Part>
      <Part title="Boards out of service" list={report.boards}>
        {(board) => (
          <li key={board.serial}>
            <BoardState board={board} />
            <span>
              <BoardLink board={board} /> <span className="quiet">{board.cause}</span>
            </span>
          </li>
        )}
      </Part>
      <Part title="Times of the schedule that were skipped" list={report.skipped}>
        {(event) => (
          <li key={event.seq}>
            <Ago atMs={event.atMs} />
            <span>{event.reason}</span>
          </li>
        )}
      </Part>
      <Coverage items={report.coverage.items} />
      {report.flakes.total > 0 && (
        <p>
          <Link to="/flakes">{formatCount(report.flakes.total)} flakes</Link> failed since then.
        </p>
      )}
    </div>
  );
}

/** What has changed since the submission before of the same schedule, or of the same name and branch; or since another one that the address names. */
export function NightlyView({ view: { id } }: { readonly view: SubmissionView }) {
  const [against] = useQueryText('with');
  const answer = useLiveAnswer(
    (api, signal) => nightlyOf(api, { id, against }, signal),
    { submission: (view) => view.id === id, everyMs: 5000 },
    [id, against],
  );
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  return answer.status === 'loading' ? <Skeleton /> : <Report report={answer.data} />;
}
