import type { BoardTransition } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { plural } from '../model/format.js';
import { Evidence } from './evidence.js';
import { Icon } from './icon.js';
import { Ago } from './times.js';

const FIRST = 12;

const signOf = ({ availability, health }: BoardTransition) =>
  health === 'good' || availability === 'offline' ? availability : health;

function Transition({ step }: { readonly step: BoardTransition }) {
  return (
    <li>
      <span className={`history-sign sign-${signOf(step)}`}>
        <Icon name={signOf(step)} />
      </span>
      <span>
        <b>
          {step.availability}
          {step.health !== 'good' && ` · ${step.health}`}
        </b>{' '}
        {step.cause} <span className="quiet">by {step.actor || 'nobody known'}</span>
        {step.evidence && <Evidence text={step.evidence} />}
      </span>
      <Ago atMs={step.atMs} />
    </li>
  );
}

/** What became of a board, with the evidence; runs that came and went are left out unless asked for. */
export function BoardHistory({ history }: { readonly history: readonly BoardTransition[] }) {
  const [all, setAll] = useState(false);
  const [runs, setRuns] = useState(false);
  const steps = runs ? history : history.filter((step, at) => isNews(step, history[at + 1]));
  const shown = all ? steps : steps.slice(0, FIRST);
  return (
    <section className="panel" aria-labelledby="history-title">
      <header className="panel-head">
        <h2 id="history-title">What happened</h2>
        <label className="check">
          <input
            type="checkbox"
            checked={runs}
            onChange={(event) => setRuns(event.target.checked)}
          />
          With runs that came and went
        </label>
      </header>
      {shown.length === 0 && <p className="quiet panel-note">Nothing but runs so far.</p>}
      <ol className="history">
        {shown.map((step) => (
          <Transition key={`${step.atMs} ${step.availability} ${step.health}`} step={step} />
        ))}
      </ol>
      {steps.length > shown.length && (
        <button type="button" className="link-button history-more" onClick={() => setAll(true)}>
          {plural(steps.length - shown.length, 'more')}
        </button>
      )}
    </section>
  );
}

/** Whether somebody or something did more than begin or end a run. */
function isNews(step: BoardTransition, before: BoardTransition | undefined): boolean {
  if (!before) return true;
  const came = step.availability === 'offline' || before.availability === 'offline';
  return came || step.health !== before.health || step.evidence !== null;
}
