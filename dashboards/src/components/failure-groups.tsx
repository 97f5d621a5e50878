import { type FailureGroup, failureGroups } from '@greenrack/farm-model';
import type { RunView } from '@greenrack/farm-protocol';
import { useCallback, useMemo, useState } from 'react';
import { Link, useNavigate } from 'react-router-dom';
import { rerunSubmission } from '../api/submission-api.js';
import { newFirst } from '../model/failure-order.js';
import { plural } from '../model/format.js';
import { mayDo } from '../model/roles.js';
import { explainReason } from '../model/verdict-words.js';
import { ActionButton } from './action-button.js';
import { RunBoardLink } from './board-link.js';
import { FailureAge } from './failure-age.js';
import { VerdictChip } from './verdict-chip.js';
import { useSession } from './wiring-context.js';

/** Runs of a group that are named at once. */
const NAMED = 6;
/** Runs that can be asked for again at once. */
const MOST_AGAIN = 1000;

function RunAgain({ runs }: { readonly runs: readonly RunView[] }) {
  const { api, identity } = useSession();
  const navigate = useNavigate();
  const [first] = runs;
  if (!first || runs.length > MOST_AGAIN || !mayDo(identity.role, 'submitter')) return null;
  const again = async () => {
    const id = await rerunSubmission(api, first.submissionId, { runs: runs.map(({ id }) => id) });
    await navigate(`/submissions/${id}`);
  };
  return (
    <ActionButton className="link-button" onAct={again}>
      Run {runs.length === 1 ? 'it' : `these ${runs.length}`} again
    </ActionButton>
  );
}

interface GroupProps {
  readonly group: FailureGroup;
  readonly onNew: (key: string) => void;
}

function Group({ group, onNew }: GroupProps) {
  const [all, setAll] = useState(false);
  const { key, runs, verdict } = group;
  const isNew = useCallback(() => onNew(key), [onNew, key]);
  const [first] = runs;
  if (!first) return null;
  const words = group.message || (first.reason ? explainReason(first.reason) : '');
  const shown = all ? runs : runs.slice(0, NAMED);
  return (
    <li className={`failure-group tone-${verdict}`}>
      <div className="failure-head">
        <VerdictChip standing={verdict} />
        <b className="num">{plural(runs.length, 'run')}</b>
        {!group.isInfra && <FailureAge run={first} onNew={isNew} />}
        <span className="failure-act">
          <RunAgain runs={runs} />
        </span>
      </div>
      <p className="failure-words">{words}</p>
      <ul className="failure-runs">
        {shown.map((run) => (
          <li key={run.id}>
            <Link to={`/runs/${run.id}`}>{run.name}</Link>{' '}
            <span className="quiet">
              {run.requirement.target}
              {run.boardSerial !== null && ' on '}
              <RunBoardLink run={run} />
            </span>
          </li>
        ))}
        {shown.length < runs.length && (
          <li>
            <button type="button" className="link-button" onClick={() => setAll(true)}>
              and {runs.length - shown.length} more
            </button>
          </li>
        )}
      </ul>
    </li>
  );
}

/** What went wrong, each way of going wrong once. Faults of the bench are the lab's, and folded unless one is of the lab. */
export function FailureGroups({ runs }: { readonly runs: ReadonlyMap<string, RunView> }) {
  const { identity } = useSession();
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const groups = useMemo(() => newFirst(failureGroups(runs.values()), fresh), [runs, fresh]);
  const onNew = useCallback((key: string) => setFresh((keys) => new Set(keys).add(key)), []);
  const ofCode = groups.filter(({ isInfra }) => !isInfra);
  const ofBench = groups.filter(({ isInfra }) => isInfra);
  if (groups.length === 0) return null;
  return (
    <section className="failures" aria-labelledby="failures-title">
      <header className="page-head">
        <h2 id="failures-title">What went wrong</h2>
        <span className="quiet num">
          {ofCode.length === 0 ? 'nothing of the code’s' : plural(ofCode.length, 'way')}
        </span>
      </header>
      {ofCode.length > 0 && (
        <ul className="failure-list panel">
          {ofCode.map((group) => (
            <Group key={group.key} group={group} onNew={onNew} />
          ))}
        </ul>
      )}
      {ofBench.length > 0 && (
        <details className="bench-faults" open={mayDo(identity.role, 'operator')}>
          <summary>
            {plural(
              ofBench.reduce((sum, { runs: members }) => sum + members.length, 0),
              'run',
            )}{' '}
            that the bench is to blame for: they say nothing about the code
          </summary>
          <ul className="failure-list panel">
            {ofBench.map((group) => (
              <Group key={group.key} group={group} onNew={onNew} />
            ))}
          </ul>
        </details>
      )}
    </section>
  );
}
