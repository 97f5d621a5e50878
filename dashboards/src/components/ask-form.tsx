import { type FormEvent, type ReactNode, useId, useState } from 'react';

interface Props {
  /** What is asked, such as `Why?`. */
  readonly label: string;
  /** On the button that sends it. */
  readonly act: string;
  readonly maxLength: number;
  /** What else is asked. */
  readonly children?: ReactNode;
  readonly onSend: (text: string) => Promise<void>;
  /** It was sent, or left. */
  readonly onDone: () => void;
}

/** Asks for a text before something is done, and says when that fails. */
export function AskForm({ label, act, maxLength, children, onSend, onDone }: Props) {
  const [text, setText] = useState('');
  const [step, setStep] = useState<'asking' | 'sending' | Error>('asking');
  const id = useId();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setStep('sending');
    try {
      await onSend(text.trim());
      onDone();
    } catch (error) {
      setStep(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return (
    <form className="asking" onSubmit={(event) => void send(event)}>
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="text-input"
        value={text}
        maxLength={maxLength}
        required
        // biome-ignore lint/a11y/noAutofocus: whoever has pressed the button is about to type.
        autoFocus
        onChange={(event) => setText(event.target.value)}
      />
      {children}
      <button
        type="submit"
        className="button primary"
        disabled={step === 'sending' || text.trim() === ''}
      >
        {act}
      </button>
      <button type="button" className="button" onClick={onDone}>
        Leave it
      </button>
      {step instanceof Error && (
        <span className="bad" role="alert">
          {step.message}
        </span>
      )}
    </form>
  );
}
