import type { RunDetail } from '@greenrack/farm-protocol';
import { waitingWords } from '../model/run-words.js';
import { Icon } from './icon.js';
import { Elapsed } from './times.js';

/** Why a run waits, how many are before it, and when it may start. */
export function WaitingPanel({ run }: { readonly run: RunDetail }) {
  const { waiting } = run;
  return (
    <section className="panel waiting" aria-labelledby="waiting-title">
      <header className="panel-head">
        <h2 id="waiting-title">
          <Icon name="queued" />
          Waiting for a board
        </h2>
        <span className="quiet">
          for <Elapsed sinceMs={run.createdMs} />
        </span>
      </header>
      <p className="waiting-reason">{waiting?.reason ?? 'A board is being chosen.'}</p>
      {waiting && <p className="quiet">{waitingWords(waiting)}</p>}
    </section>
  );
}
