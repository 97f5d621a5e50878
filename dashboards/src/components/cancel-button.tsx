import { useState } from 'react';
import { mayChange } from '../model/roles.js';
import { useSession } from './wiring-context.js';

type Step = 'idle' | 'asking' | 'sending' | { readonly problem: string };

interface Props {
  /** The submission, and whose it is. */
  readonly id: string;
  readonly tenant: string;
  /** What is stopped, in words. */
  readonly what: string;
  readonly className?: string;
}

/** Stops a submission, after asking; only for those who may. */
export function CancelButton({ id, tenant, what, className = 'button' }: Props) {
  const { api, identity } = useSession();
  const [step, setStep] = useState<Step>('idle');
  if (!mayChange(identity, tenant)) return null;
  const send = async () => {
    setStep('sending');
    try {
      await api.cancelSubmission(id);
      setStep('idle');
    } catch (error) {
      setStep({ problem: error instanceof Error ? error.message : String(error) });
    }
  };
  if (step === 'asking')
    return (
      <span className="asking">
        Stop {what}?
        <button type="button" className="button danger" onClick={() => void send()}>
          Stop
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
        className={className}
        disabled={step === 'sending'}
        onClick={() => setStep('asking')}
      >
        Cancel
      </button>
    </>
  );
}
