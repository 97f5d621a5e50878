import { filterBy, SUBMISSION_FIELDS } from '@greenrack/farm-model';
import { useMemo, useState } from 'react';
import { SubmissionListSource } from '../api/submission-list-source.js';
import { FilterField } from '../components/filter-field.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Skeleton } from '../components/skeleton.js';
import { SubmissionRow } from '../components/submission-row.js';
import { useQueryText } from '../components/use-query-text.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import { newestSubmissions } from '../model/farm-state.js';

function MoreButton({ source }: { readonly source: SubmissionListSource }) {
  const [step, setStep] = useState<'ready' | 'busy' | 'failed'>('ready');
  const read = async () => {
    setStep('busy');
    try {
      await source.more(AbortSignal.timeout(30_000));
      setStep('ready');
    } catch {
      setStep('failed');
    }
  };
  return (
    <button
      type="button"
      className="button more"
      disabled={step === 'busy'}
      onClick={() => void read()}
    >
      {step === 'failed' ? 'That failed; try again' : 'Show older'}
    </button>
  );
}

/** Every submission, newest first. */
export function SubmissionsPage() {
  useTitle('Submissions');
  const session = useSession();
  const source = useSource(() => new SubmissionListSource(session), [session]);
  const { status, error, data } = useStore(source.store);
  const [text, setText] = useQueryText('q');
  const { matches, problems } = useMemo(() => filterBy(text, SUBMISSION_FIELDS), [text]);
  const shown = useMemo(
    () => newestSubmissions(data.submissions, Number.POSITIVE_INFINITY).filter(matches),
    [data.submissions, matches],
  );

  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (status === 'loading') return <Skeleton />;
  return (
    <>
      <header className="page-head">
        <h1>Submissions</h1>
        <FilterField
          label="Filter submissions"
          value={text}
          onChange={setText}
          fields={Object.keys(SUBMISSION_FIELDS)}
          problems={problems}
        />
      </header>
      {shown.length === 0 ? (
        <p className="panel empty quiet">
          {text === '' ? (
            <>
              Nothing has been submitted yet. Send images with <code>greenrack submit</code>.
            </>
          ) : (
            'None of those read so far matches.'
          )}
        </p>
      ) : (
        <ul className="submission-list panel">
          {shown.map((view) => (
            <SubmissionRow key={view.id} view={view} />
          ))}
        </ul>
      )}
      {data.nextCursor !== null && <MoreButton source={source} />}
    </>
  );
}
