import { type ReactNode, useState } from 'react';

interface Props {
  readonly children: ReactNode;
  readonly onAct: () => Promise<void>;
  readonly className?: string;
}

/** A button whose work takes a moment and may fail; it says why. */
export function ActionButton({ children, onAct, className = 'button' }: Props) {
  const [step, setStep] = useState<'idle' | 'busy' | Error>('idle');
  const act = async () => {
    setStep('busy');
    try {
      await onAct();
      setStep('idle');
    } catch (error) {
      setStep(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return (
    <>
      <button
        type="button"
        className={className}
        disabled={step === 'busy'}
        onClick={() => void act()}
      >
        {children}
      </button>
      {step instanceof Error && (
        <span className="bad" role="alert">
          {step.message}
        </span>
      )}
    </>
  );
}
