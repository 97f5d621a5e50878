import type { RunDetail, SubmissionView } from '@greenrack/farm-protocol';
import { useNavigate } from 'react-router-dom';
import { rerunRun, rerunSubmission } from '../api/submission-api.js';
import { mayDo } from '../model/roles.js';
import { troubleCount } from '../model/submission-summary.js';
import { ActionButton } from './action-button.js';
import { useSession } from './wiring-context.js';

/** Runs a submission again and leads to the new one; results are never overwritten. */
export function RerunButtons({ view }: { readonly view: SubmissionView }) {
  const { api, identity } = useSession();
  const navigate = useNavigate();
  if (view.state !== 'finished' || !mayDo(identity.role, 'submitter')) return null;
  const again = async (only: 'all' | 'failed') => {
    const id = await rerunSubmission(api, view.id, { only });
    await navigate(`/submissions/${id}`);
  };
  return (
    <>
      {troubleCount(view) > 0 && (
        <ActionButton onAct={() => again('failed')}>Run again what did not pass</ActionButton>
      )}
      <ActionButton onAct={() => again('all')}>Run all again</ActionButton>
    </>
  );
}

/** Runs one run again, in a new submission. */
export function RerunRun({ run }: { readonly run: RunDetail }) {
  const { api, identity } = useSession();
  const navigate = useNavigate();
  if (run.state !== 'finished' || !mayDo(identity.role, 'submitter')) return null;
  const again = async () => {
    await navigate(`/runs/${await rerunRun(api, run.id)}`);
  };
  return <ActionButton onAct={again}>Run again</ActionButton>;
}
