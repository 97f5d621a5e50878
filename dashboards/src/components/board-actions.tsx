import type { BoardView, Health } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { setBoardHealth } from '../api/board-api.js';
import { mayDo } from '../model/roles.js';
import { AskForm } from './ask-form.js';
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

/** What an operator can do with a board. */
export function BoardActions({ board }: { readonly board: BoardView }) {
  const { api, identity } = useSession();
  const [goal, setGoal] = useState<Goal | undefined>();
  if (!mayDo(identity.role, 'operator')) return null;
  // Asks why, because the board's history keeps it.
  if (goal)
    return (
      <AskForm
        label="Why?"
        act={LABELS[goal]}
        maxLength={500}
        onSend={(cause) => setBoardHealth(api, board.serial, { health: goal, cause })}
        onDone={() => setGoal(undefined)}
      />
    );
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
