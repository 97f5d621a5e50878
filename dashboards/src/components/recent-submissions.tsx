import { Link } from 'react-router-dom';
import { RECENT_SUBMISSIONS } from '../api/farm-source.js';
import { type FarmState, newestSubmissions } from '../model/farm-state.js';
import { SubmissionRow } from './submission-row.js';

/** What came in lately. */
export function RecentSubmissions({ farm }: { readonly farm: FarmState }) {
  const recent = newestSubmissions(farm.submissions, RECENT_SUBMISSIONS);
  return (
    <section className="panel side-panel" aria-labelledby="recent-title">
      <header className="panel-head">
        <h2 id="recent-title">Recent submissions</h2>
        <Link to="/submissions">All</Link>
      </header>
      {recent.length === 0 ? (
        <p className="quiet panel-note">
          Nothing has been submitted yet. Send images with <code>greenrack submit</code>.
        </p>
      ) : (
        <ul className="submission-list">
          {recent.map((view) => (
            <SubmissionRow key={view.id} view={view} />
          ))}
        </ul>
      )}
    </section>
  );
}
