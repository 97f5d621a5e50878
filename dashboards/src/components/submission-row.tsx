import type { SubmissionView } from '@greenrack/farm-protocol';
import { memo } from 'react';
import { Link } from 'react-router-dom';
import { formatCount, formatDuration } from '../model/format.js';
import { shortOrigin } from '../model/origin-words.js';
import { submissionStanding, submissionStandings } from '../model/submission-summary.js';
import { Ago, Elapsed } from './times.js';
import { VerdictBar, VerdictCounts } from './verdict-bar.js';
import { VerdictChip } from './verdict-chip.js';

function Duration({ view }: { readonly view: SubmissionView }) {
  if (view.finishedMs === null) return <Elapsed sinceMs={view.createdMs} />;
  return <span className="num">{formatDuration(view.finishedMs - view.createdMs)}</span>;
}

/** One submission in a list: what it is, how far, how it went. */
export const SubmissionRow = memo(function SubmissionRow({ view }: { view: SubmissionView }) {
  const counts = submissionStandings(view);
  return (
    <li className="submission-row">
      <div className="submission-head">
        <Link to={`/submissions/${view.id}`} className="cut stretched">
          {view.name}
        </Link>
        <VerdictChip standing={submissionStanding(view)} />
      </div>
      <VerdictBar counts={counts} />
      <div className="submission-foot">
        <VerdictCounts counts={counts} />
        <span className="quiet cut">
          {view.state === 'active'
            ? `${formatCount(view.runsFinished)} of ${formatCount(view.runsTotal)} runs · `
            : ''}
          {view.origin && <>{shortOrigin(view.origin)} · </>}
          {view.submitter} · <Ago atMs={view.createdMs} /> · <Duration view={view} />
        </span>
      </div>
    </li>
  );
});
