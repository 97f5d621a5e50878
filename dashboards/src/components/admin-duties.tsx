import type { DutyView } from '@greenrack/farm-protocol';
import { listDuties, retryDuty } from '../api/admin-api.js';
import { plural } from '../model/format.js';
import { ActionButton } from './action-button.js';
import { Ago } from './times.js';
import { useAnswer } from './use-answer.js';
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

/** What the farm has still to do; what it has given up waits for somebody. */
export function AdminDuties() {
  const { api } = useSession();
  const { data, reload, ...answer } = useAnswer((signal) => listDuties(api, signal), [api]);
  if (answer.status === 'failed') return <p className="bad">{answer.error.message}</p>;
  const duties = [...(data ?? [])].sort((a, b) => Number(b.dead) - Number(a.dead));
  const dead = duties.filter((duty) => duty.dead).length;
  return (
    <section className="panel compare-scroll" aria-labelledby="duties-title">
      <header className="panel-head">
        <h2 id="duties-title">Duties</h2>
        <span className={dead > 0 ? 'bad' : 'quiet'}>
          {dead > 0 ? `${plural(dead, 'duty', 'duties')} given up` : 'none given up'}
        </span>
      </header>
      {duties.length === 0 ? (
        <p className="quiet panel-note">Nothing is left to do.</p>
      ) : (
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
              <Duty key={duty.id} duty={duty} onDone={reload} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
