import type { ChangeView } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { acceptChange, assignChange, pursueChange } from '../api/change-api.js';
import { mayChange } from '../model/roles.js';
import { ActionButton } from './action-button.js';
import { AskForm } from './ask-form.js';
import { useSession } from './wiring-context.js';

interface Props {
  readonly change: ChangeView;
  readonly onDone: () => void;
}

const ENDED = ['refuted', 'accepted', 'verifiedFixed'];

/** What people do with a change: accept it, see to it, have the farm look again. */
export function ChangeActions({ change: { id, tenant, state, work }, onDone }: Props) {
  const { api, identity } = useSession();
  const [asking, setAsking] = useState<'accept' | 'assign' | undefined>();
  if (!mayChange(identity, tenant)) return null;
  const done = () => {
    setAsking(undefined);
    onDone();
  };
  const doing = (act: () => Promise<void>) => async () => {
    await act();
    onDone();
  };
  if (asking === 'accept')
    return (
      <AskForm
        label="Why is the new level right?"
        act="Accept"
        maxLength={500}
        onSend={(reason) => acceptChange(api, id, reason)}
        onDone={done}
      />
    );
  if (asking === 'assign')
    return (
      <AskForm
        label="Who sees to it?"
        act="Assign"
        maxLength={100}
        onSend={(assignee) => assignChange(api, id, assignee)}
        onDone={done}
      />
    );
  return (
    <span className="buttons">
      {!ENDED.includes(state) && (
        <>
          <ActionButton onAct={doing(() => assignChange(api, id, identity.name))}>
            I see to it
          </ActionButton>
          <button type="button" className="button" onClick={() => setAsking('assign')}>
            Assign
          </button>
        </>
      )}
      {state !== 'accepted' && (
        <button type="button" className="button" onClick={() => setAsking('accept')}>
          Accept
        </button>
      )}
      {(work === 'blocked' || work === 'done') && state !== 'accepted' && (
        <ActionButton onAct={doing(() => pursueChange(api, id))}>Look again</ActionButton>
      )}
    </span>
  );
}
