import type { Comparison } from '@greenrack/farm-model';
import type { CaseChange, SubmissionView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { caseChanges } from '../api/submission-api.js';
import { formatCount, plural } from '../model/format.js';
import type { Standing } from '../model/verdict-words.js';
import { ProblemPanel } from './problem-panel.js';
import { Skeleton } from './skeleton.js';
import { useLiveAnswer } from './use-live-answer.js';
import { VerdictChip } from './verdict-chip.js';

/** How something stands beside itself in another submission. */
export const COMPARISON_WORDS: Record<Comparison, string> = {
  broken: 'broken',
  mended: 'mended',
  otherwise: 'otherwise',
  new: 'new here',
  absent: 'absent here',
  same: 'same',
};

interface SideProps {
  readonly runId: string | undefined;
  /** Null for what has no result. */
  readonly standing: Standing | null | undefined;
}

/** What one submission says of it: a dash for what it does not have. */
export function Side({ runId, standing }: SideProps) {
  if (runId === undefined || standing === undefined) return <span className="quiet">–</span>;
  return (
    <Link to={`/runs/${runId}`}>
      {standing === null ? 'no result' : <VerdictChip standing={standing} />}
    </Link>
  );
}

function Row({ one }: { readonly one: CaseChange }) {
  return (
    <tr>
      <td>
        <b>{COMPARISON_WORDS[one.change]}</b>
      </td>
      <td>{one.case}</td>
      <td className="cut">{one.run}</td>
      <td className="cut quiet">{one.target}</td>
      <td>
        <Side runId={one.before?.runId} standing={one.before?.verdict} />
      </td>
      <td>
        <Side runId={one.after?.runId} standing={one.after?.verdict} />
      </td>
    </tr>
  );
}

interface Props {
  readonly view: SubmissionView;
  /** The submission to compare with. */
  readonly before: string;
}

/** Two submissions case by case: what broke, was mended, is new, or has silently gone. */
export function CompareCases({ view: { id }, before }: Props) {
  const answer = useLiveAnswer(
    (api, signal) => caseChanges(api, id, before, signal),
    { submission: (view) => view.id === id, everyMs: 5000 },
    [id, before],
  );
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  if (answer.status === 'loading') return <Skeleton />;
  const { items, more, same } = answer.data;
  const rest = `${plural(same, 'case')} went the same way.`;
  if (items.length === 0) return <p className="panel empty quiet">All {rest}</p>;
  return (
    <div className="panel compare-scroll">
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">Change</th>
            <th scope="col">Case</th>
            <th scope="col">Run</th>
            <th scope="col">Target</th>
            <th scope="col">There</th>
            <th scope="col">Here</th>
          </tr>
        </thead>
        <tbody>
          {items.map((one) => (
            <Row key={`${(one.after ?? one.before)?.runId} ${one.case} ${one.change}`} one={one} />
          ))}
        </tbody>
      </table>
      <p className="quiet panel-note compare-same">
        {more > 0 && `${formatCount(more)} more changed. `}
        {rest}
      </p>
    </div>
  );
}
