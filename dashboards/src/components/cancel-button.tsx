import type { SubmissionView } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { plural } from '../model/format.js';
import { mayDo } from '../model/roles.js';
import { useSession } from './wiring-context.js';

type Step = 'idle' | 'asking' | 'sending' | { readonly problem: string };

/** Stops a submission, after asking; only for roles that may. */
export function CancelButton({ view }: { readonly view: SubmissionView }) {
  const { api, identity } = useSession();
  const [step, setStep] = useState<Step>('idle');
  if (view.state === 'finished' || !mayDo(identity.role, 'submitter')) return null;
  if (view.cancelled) return <span className="quiet">Cancelling…</span>;
  const send = async () => {
    setStep('sending');
    try {
      await api.cancelSubmission(view.id);
      setStep('idle');
    } catch (error) {
      setStep({ problem: error instanceof Error ? error.message : String(error) });
    }
  };
  if (step === 'asking')
    return (
      <span className="asking">
        Stop {plural(view.runsTotal - view.runsFinished, 'run')}?
        <button type="button" className="button danger" onClick={() => void send()}>
          Stop them
        </button>
        <button type="button" className="button" onClick={() => setStep('idle')}>
          Keep going
        </button>
      </span>
    );
  return (
    <>
      {typeof step === 'object' && (
        <span className="bad" role="alert">
          {step.problem}
        </span>
      )}
      <button
        type="button"
        className="button"
        disabled={step === 'sending'}
        onClick={() => setStep('asking')}
      >
        Cancel
      </button>
    </>
  );
}
