import type { BoardView, Health } from '@greenrack/farm-protocol';
import { type FormEvent, useId, useState } from 'react';
import { setBoardHealth } from '../api/board-api.js';
import { mayDo } from '../model/roles.js';
import { useSession } from './wiring-context.js';

type Goal = Exclude<Health, 'quarantined'>;

const LABELS: Record<Goal, string> = {
  maintenance: 'Take out for maintenance',
  good: 'Return to service',
  suspect: 'Examine now',
};

function goalsOf({ health }: BoardView): Goal[] {
  if (health === 'good') return ['suspect', 'maintenance'];
  if (health === 'suspect') return ['maintenance', 'good'];
  return health === 'maintenance' ? ['good', 'suspect'] : ['suspect', 'good', 'maintenance'];
}

interface FormProps {
  readonly goal: Goal;
  readonly serial: string;
  readonly onDone: () => void;
}

/** Asks why, because the board's history keeps it. */
function CauseForm({ goal, serial, onDone }: FormProps) {
  const { api } = useSession();
  const [cause, setCause] = useState('');
  const [step, setStep] = useState<'asking' | 'sending' | Error>('asking');
  const id = useId();
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setStep('sending');
    try {
      await setBoardHealth(api, serial, { health: goal, cause: cause.trim() });
      onDone();
    } catch (error) {
      setStep(error instanceof Error ? error : new Error(String(error)));
    }
  };
  return (
    <form className="asking" onSubmit={(event) => void send(event)}>
      <label htmlFor={id}>Why?</label>
      <input
        id={id}
        className="text-input"
        value={cause}
        maxLength={500}
        required
        // biome-ignore lint/a11y/noAutofocus: whoever has pressed the button is about to type.
        autoFocus
        onChange={(event) => setCause(event.target.value)}
      />
      <button
        type="submit"
        className="button primary"
        disabled={step === 'sending' || cause.trim() === ''}
      >
        {LABELS[goal]}
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

/** What an operator can do with a board. */
export function BoardActions({ board }: { readonly board: BoardView }) {
  const { identity } = useSession();
  const [goal, setGoal] = useState<Goal | undefined>();
  if (!mayDo(identity.role, 'operator')) return null;
  if (goal)
    return <CauseForm goal={goal} serial={board.serial} onDone={() => setGoal(undefined)} />;
  return (
    <span className="buttons">
      {goalsOf(board).map((one) => (
        <button key={one} type="button" className="button" onClick={() => setGoal(one)}>
          {LABELS[one]}
        </button>
      ))}
    </span>
  );
}
