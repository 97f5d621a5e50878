import type { DutyView } from '@greenrack/farm-protocol';
import { listDuties, retryDuty } from '../api/admin-api.js';
import { submissionsEnd } from '../api/answer-source.js';
import { plural } from '../model/format.js';
import { ActionButton } from './action-button.js';
import { AnswerPanel } from './answer-panel.js';
import { Ago } from './times.js';
import { useLiveAnswer } from './use-live-answer.js';
import { useSession } from './wiring-context.js';

function Duty({ duty, onDone }: { readonly duty: DutyView; readonly onDone: () => void }) {
  const { api } = useSession();
  const again = async () => {
    await retryDuty(api, duty.id);
    onDone();
  };
  return (
    <tr>
      <td>
        <b>{duty.kind}</b> <span className="quiet">{duty.subject}</span>
      </td>
      <td>
        {duty.dead ? <span className="bad">given up</span> : duty.owner ? 'under way' : 'due'}
      </td>
      <td className="quiet">
        <Ago atMs={duty.dueMs} />
      </td>
      <td className="num right">{duty.tries}</td>
      <td className="compare-message cut" title={duty.lastError ?? undefined}>
        {duty.lastError}
      </td>
      <td className="right">
        {duty.dead && (
          <ActionButton className="link-button" onAct={again}>
            Try again
          </ActionButton>
        )}
      </td>
    </tr>
  );
}

interface DutiesProps {
  readonly views: readonly DutyView[];
  readonly onDone: () => void;
}

function Duties({ views, onDone }: DutiesProps) {
  if (views.length === 0) return <p className="quiet panel-note">Nothing is left to do.</p>;
  const duties = [...views].sort((a, b) => Number(b.dead) - Number(a.dead));
  return (
    <table className="table compare">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">State</th>
          <th scope="col">Due</th>
          <th scope="col" className="right">
            Tries
          </th>
          <th scope="col">Last error</th>
          <th scope="col">
            <span className="hidden">Action</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {duties.map((duty) => (
          <Duty key={duty.id} duty={duty} onDone={onDone} />
        ))}
      </tbody>
    </table>
  );
}

function given(views: readonly DutyView[]) {
  const dead = views.filter((duty) => duty.dead).length;
  if (dead === 0) return <span className="quiet">none given up</span>;
  return <span className="bad">{plural(dead, 'duty', 'duties')} given up</span>;
}

/** What the farm has still to do; what it has given up waits for somebody. */
export function AdminDuties() {
  const answer = useLiveAnswer(listDuties, { ...submissionsEnd, everyMs: 3000 }, []);
  return (
    <AnswerPanel id="duties-title" title="Duties" answer={answer} note={given}>
      {(views) => <Duties views={views} onDone={answer.reload} />}
    </AnswerPanel>
  );
}
