import type { QuarantineView } from '@greenrack/farm-protocol';
import { liftQuarantine } from '../api/flake-api.js';
import { plural } from '../model/format.js';
import { mayDo } from '../model/roles.js';
import { ActionButton } from './action-button.js';
import { useNow } from './use-clock.js';
import { useSession } from './wiring-context.js';

const DAY_MS = 86_400_000;
/** Its end is told in colour when it is nearer than this. */
const SOON_DAYS = 3;

interface Props {
  readonly quarantined: readonly QuarantineView[];
  readonly onDone: () => void;
}

function Until({ untilMs }: { readonly untilMs: number }) {
  const days = Math.max(0, Math.ceil((untilMs - useNow()) / DAY_MS));
  return (
    <span className={days <= SOON_DAYS ? 'warn' : undefined}>
      until {new Date(untilMs).toLocaleDateString('en-CA')}, {plural(days, 'day')} left
    </span>
  );
}

function Entry({ entry, onDone }: { readonly entry: QuarantineView; readonly onDone: () => void }) {
  const { api, identity } = useSession();
  const lift = async () => {
    await liftQuarantine(api, entry.id);
    onDone();
  };
  const where = [entry.target, entry.repository, entry.suite, entry.run].filter(Boolean);
  return (
    <li>
      <p>
        <b>{entry.case}</b>{' '}
        <span className="quiet">{where.length === 0 ? 'everywhere' : where.join(' · ')}</span>
      </p>
      <p>{entry.reason}</p>
      <p className="quiet">
        {entry.owner} · <Until untilMs={entry.untilMs} />
        {mayDo(identity.role, 'submitter') && (
          <>
            {' · '}
            <ActionButton className="link-button" onAct={lift}>
              Let it gate again
            </ActionButton>
          </>
        )}
      </p>
    </li>
  );
}

/** Cases that somebody takes care of: who, why, and until when. The first to end first. */
export function QuarantineList({ quarantined, onDone }: Props) {
  return (
    <section className="panel" aria-labelledby="quarantine-title">
      <header className="panel-head">
        <h2 id="quarantine-title">Quarantined</h2>
        <span className="quiet">reported, do not gate</span>
      </header>
      {quarantined.length === 0 ? (
        <p className="quiet panel-note">No case is in quarantine.</p>
      ) : (
        <ul className="quarantine-list">
          {[...quarantined]
            .sort((a, b) => a.untilMs - b.untilMs)
            .map((entry) => (
              <Entry key={entry.id} entry={entry} onDone={onDone} />
            ))}
        </ul>
      )}
    </section>
  );
}
