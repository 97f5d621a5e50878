import type { AuditEntry } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { type AuditPage, listAudit } from '../api/admin-api.js';
import { ActionButton } from './action-button.js';
import { AnswerPanel } from './answer-panel.js';
import { Ago } from './times.js';
import { useAnswer } from './use-answer.js';
import { useSession } from './wiring-context.js';

function Outcome({ outcome }: Pick<AuditEntry, 'outcome'>) {
  if (outcome === 'done') return <>done</>;
  return <span className="bad">{outcome?.replaceAll('_', ' ') ?? 'not known'}</span>;
}

function Entry({ entry }: { readonly entry: AuditEntry }) {
  return (
    <tr>
      <td className="quiet">
        <Ago atMs={entry.atMs} />
      </td>
      <td>
        {entry.actor}{' '}
        <span className="quiet">
          {entry.role} of {entry.tenant}
        </span>
      </td>
      <td>
        <b>{entry.action}</b>
      </td>
      <td>{entry.subject}</td>
      <td className="compare-message cut" title={entry.detail}>
        {entry.detail}
      </td>
      <td>
        <Outcome outcome={entry.outcome} />
      </td>
    </tr>
  );
}

/** What is older than the first page, as far as somebody wants to see it. */
function Entries({ first }: { readonly first: AuditPage }) {
  const { api } = useSession();
  const [older, setOlder] = useState<AuditPage>({ items: [], nextCursor: first.nextCursor });
  const more = async () => {
    const page = await listAudit(api, older.nextCursor);
    setOlder(({ items }) => ({ ...page, items: [...items, ...page.items] }));
  };
  if (first.items.length === 0)
    return <p className="quiet panel-note">Nobody has told the farm to change anything yet.</p>;
  return (
    <>
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did</th>
            <th scope="col">To</th>
            <th scope="col">Asked for</th>
            <th scope="col">Outcome</th>
          </tr>
        </thead>
        <tbody>
          {[...first.items, ...older.items].map((entry) => (
            <Entry key={entry.id} entry={entry} />
          ))}
        </tbody>
      </table>
      {older.nextCursor !== null && (
        <p className="panel-note">
          <ActionButton onAct={more}>Older</ActionButton>
        </p>
      )}
    </>
  );
}

const NOTE = <span className="quiet">submissions say themselves who sent them</span>;

/** Who told the farm to do what, and how it ended. */
export function AdminAudit() {
  const { api } = useSession();
  const answer = useAnswer((signal) => listAudit(api, null, signal), [api]);
  return (
    <AnswerPanel id="audit-title" title="Audit log" answer={answer} note={() => NOTE}>
      {(first) => <Entries key={first.items[0]?.id} first={first} />}
    </AnswerPanel>
  );
}
