import { type ComparedRun, compareRuns } from '@greenrack/farm-model';
import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { submissionsLike } from '../api/submission-api.js';
import { plural } from '../model/format.js';
import { shortOrigin } from '../model/origin-words.js';
import { standingOf } from '../model/verdict-words.js';
import { COMPARISON_WORDS, CompareCases, Side } from './compare-cases.js';
import { ProblemPanel } from './problem-panel.js';
import { Segmented } from './segmented.js';
import { Skeleton } from './skeleton.js';
import { useAnswer } from './use-answer.js';
import { useQueryText } from './use-query-text.js';
import { useSession } from './wiring-context.js';

const BY = [
  { value: 'run', label: 'By run' },
  { value: 'case', label: 'By case' },
] as const;

function Row({ one }: { readonly one: ComparedRun }) {
  return (
    <tr>
      <td>
        <b>{COMPARISON_WORDS[one.change]}</b>
      </td>
      <td className="cut">{one.name}</td>
      <td className="cut quiet">{one.target}</td>
      <td>
        <Side runId={one.before?.id} standing={one.before && standingOf(one.before)} />
      </td>
      <td>
        <Side runId={one.after?.id} standing={one.after && standingOf(one.after)} />
      </td>
      <td className="cut compare-message" title={one.after?.message}>
        {one.after?.message}
      </td>
    </tr>
  );
}

interface TableProps {
  readonly before: readonly RunView[];
  readonly after: ReadonlyMap<string, RunView>;
}

function CompareTable({ before, after }: TableProps) {
  const rows = useMemo(() => compareRuns(before, after.values()), [before, after]);
  const changed = rows.filter(({ change }) => change !== 'same');
  const same = plural(rows.length - changed.length, 'run');
  if (changed.length === 0)
    return <p className="panel empty quiet">All {same} went the same way.</p>;
  return (
    <div className="panel compare-scroll">
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">Change</th>
            <th scope="col">Run</th>
            <th scope="col">Target</th>
            <th scope="col">There</th>
            <th scope="col">Here</th>
            <th scope="col">Message here</th>
          </tr>
        </thead>
        <tbody>
          {changed.map((one) => (
            <Row key={`${one.name} ${one.target} ${(one.after ?? one.before)?.id}`} one={one} />
          ))}
        </tbody>
      </table>
      <p className="quiet panel-note compare-same">{same} went the same way.</p>
    </div>
  );
}

const nameOf = (view: SubmissionView) =>
  view.origin ? `${view.name}, ${shortOrigin(view.origin)}` : `${view.name}, ${view.id.slice(-6)}`;

interface Props {
  readonly view: SubmissionView;
  readonly runs: ReadonlyMap<string, RunView>;
}

/** This submission beside another one, run by run or case by case. */
export function CompareView({ view, runs }: Props) {
  const { api } = useSession();
  const [wanted, setWanted] = useQueryText('with');
  const [by, setBy] = useQueryText('by');
  const isByCase = by === 'case';
  const choices = useAnswer((signal) => submissionsLike(api, view, signal), [api, view.id]);
  const others = (choices.data ?? []).filter((one) => one.id !== view.id);
  const earlier = others.find((one) => one.createdMs < view.createdMs) ?? others[0];
  const other = wanted || earlier?.id;
  const before = useAnswer(
    async (signal) =>
      other !== undefined && !isByCase && { id: other, runs: await api.runs(other, signal) },
    [api, other, isByCase],
  );
  // The runs of the one compared with before are none of this one's.
  const found = before.data && before.data.id === other ? before.data.runs : undefined;
  if (choices.status === 'failed')
    return <ProblemPanel error={choices.error} onRetry={choices.reload} />;
  if (choices.status === 'ready' && other === undefined)
    return <p className="panel empty quiet">There is no other submission to compare with.</p>;
  return (
    <section aria-labelledby="compare-title">
      <header className="page-head">
        <h2 id="compare-title">Compared with</h2>
        <label className="select">
          <span className="hidden">Submission to compare with</span>
          <select value={other ?? ''} onChange={(event) => setWanted(event.target.value)}>
            {wanted !== '' && !others.some(({ id }) => id === wanted) && (
              <option value={wanted}>{wanted}</option>
            )}
            {others.map((one) => (
              <option key={one.id} value={one.id}>
                {nameOf(one)}
              </option>
            ))}
          </select>
        </label>
        {other !== undefined && <Link to={`/submissions/${other}`}>open it</Link>}
        <Segmented
          label="What is compared"
          options={BY}
          value={isByCase ? 'case' : 'run'}
          onChange={(value) => setBy(value === 'case' ? value : '')}
        />
      </header>
      {isByCase && other !== undefined && <CompareCases view={view} before={other} />}
      {!isByCase && before.status === 'failed' && (
        <ProblemPanel error={before.error} onRetry={before.reload} />
      )}
      {!isByCase && before.status !== 'failed' && !found && <Skeleton />}
      {!isByCase && found && <CompareTable before={found} after={runs} />}
    </section>
  );
}
