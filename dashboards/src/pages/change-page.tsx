import type { ChangeDetail } from '@greenrack/farm-protocol';
import { Link, useParams } from 'react-router-dom';
import { readChange } from '../api/change-api.js';
import { boardPath } from '../components/board-link.js';
import { ChangeActions } from '../components/change-actions.js';
import { ChangeMetrics, ChangeSteps } from '../components/change-evidence.js';
import { ChangeBuilds, EffectChip, shiftWords } from '../components/change-list.js';
import { Fact } from '../components/fact.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Skeleton } from '../components/skeleton.js';
import { Ago } from '../components/times.js';
import { useLiveAnswer } from '../components/use-live-answer.js';
import { useTitle } from '../components/use-title.js';
import { changeWord, explainChange, LIFE, lifeStep } from '../model/change-list.js';

const WORK = {
  confirm: 'The farm runs both builds in turns to confirm it.',
  bisect: 'The farm looks for the first bad build.',
  blocked: 'The farm cannot go on.',
  done: '',
} as const;

/** How far it has come, from its finding to its end. */
function Life({ change: { state } }: { readonly change: ChangeDetail }) {
  const reached = lifeStep(state);
  return (
    <div className="life">
      {reached !== undefined && (
        <ol aria-label="Life of the change">
          {LIFE.map((step, at) => (
            <li
              key={step}
              className={at <= reached ? 'life-reached' : ''}
              aria-current={at === reached ? 'step' : undefined}
            >
              {changeWord(step)}
            </li>
          ))}
        </ol>
      )}
      <p>
        <b>{changeWord(state)}</b>: {explainChange(state)}
      </p>
    </div>
  );
}

function Facts({ change }: { readonly change: ChangeDetail }) {
  const { target, imageName, boardSerial, repository, ref, assignee, actor, reason } = change;
  return (
    <dl className="facts inline-facts run-facts">
      <Fact name="Came">
        <ChangeBuilds change={change} />
      </Fact>
      <Fact name="Image">
        {imageName} <span className="quiet">{target}</span>
      </Fact>
      {boardSerial !== '' && (
        <Fact name="Board">
          <Link to={boardPath(boardSerial)}>{boardSerial}</Link>
        </Fact>
      )}
      {repository !== null && (
        <Fact name="Repository">
          {repository} <span className="quiet">{ref?.replace(/^refs\/(heads|tags)\//, '')}</span>
        </Fact>
      )}
      <Fact name="Found">
        <Ago atMs={change.foundMs} />
      </Fact>
      {assignee !== null && <Fact name="Sees to it">{assignee}</Fact>}
      {reason !== null && (
        <Fact name="Accepted because">
          {reason} <span className="quiet">{actor}</span>
        </Fact>
      )}
      {change.undoes !== null && (
        <Fact name="Undoes">
          <Link to={`/changes/${change.undoes}`}>an earlier change</Link>
        </Fact>
      )}
      {change.returns !== null && (
        <Fact name="Brings back">
          <Link to={`/changes/${change.returns}`}>an earlier change</Link>
        </Fact>
      )}
    </dl>
  );
}

function Change({ change, onDone }: { change: ChangeDetail; onDone: () => void }) {
  useTitle(`${change.worst.metric} of ${change.imageName}`);
  return (
    <>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to="/trends">Trends</Link>
        <span aria-hidden="true">/</span>
        <Link to="/trends?tab=changes">Changes</Link>
      </nav>
      <header className="page-head">
        <h1>{change.worst.metric}</h1>
        <span className="num">
          {change.worst.caseName !== null && `${change.worst.caseName} · `}
          {shiftWords(change.worst)}
        </span>
        <EffectChip effect={change.effect} />
        <span className="page-actions">
          <ChangeActions change={change} onDone={onDone} />
        </span>
      </header>
      <Life change={change} />
      {(change.missing !== null || WORK[change.work] !== '') && (
        <p className={change.work === 'blocked' ? 'warn' : 'quiet'}>
          {WORK[change.work]} {change.missing}
        </p>
      )}
      <Facts change={change} />
      <div className="test-page">
        <ChangeMetrics change={change} />
        <ChangeSteps steps={change.steps} />
      </div>
    </>
  );
}

/** One change in series: since which build, how sure that is, and who sees to it. */
export function ChangePage() {
  const { id = '' } = useParams();
  useTitle('Change');
  const answer = useLiveAnswer(
    (api, signal) => readChange(api, id, signal),
    { changes: (ids) => ids.includes(id) },
    [id],
  );
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  if (answer.status === 'loading') return <Skeleton />;
  return <Change change={answer.data} onDone={answer.reload} />;
}
