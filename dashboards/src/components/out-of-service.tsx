import type { BoardView } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { type OutGroup, outOfService } from '../model/board-list.js';
import { plural } from '../model/format.js';
import { BoardLink } from './board-link.js';
import { Icon } from './icon.js';
import { Ago } from './times.js';

/** Causes shown; the filter shows all boards. */
const MOST = 12;

function Row({ group }: { readonly group: OutGroup }) {
  const [first] = group.boards;
  if (!first) return null;
  const one = group.boards.length === 1;
  return (
    <li className={`out-row sign-${group.sign}`}>
      <Icon name={group.sign} />
      <span className="out-what">
        <b>
          {one ? (
            <BoardLink board={first} />
          ) : (
            <Link to={`/?q=${encodeURIComponent(`rack:"${first.agent}" ${termOf(group)}`)}`}>
              {plural(group.boards.length, 'board')} of {first.agent}
            </Link>
          )}
        </b>{' '}
        <span className="out-sign">{group.sign}</span>
        <span className="quiet out-cause">{group.cause || 'nobody said why'}</span>
      </span>
      <Ago atMs={group.sinceMs} />
    </li>
  );
}

const termOf = ({ sign }: OutGroup) => (sign === 'offline' ? 'state:offline' : `health:${sign}`);

/** What is out of service, why and since when: what somebody has to see to. */
export function OutOfService({ boards }: { readonly boards: ReadonlyMap<string, BoardView> }) {
  const groups = useMemo(() => outOfService(boards.values()), [boards]);
  if (groups.length === 0) return null;
  return (
    <section className="panel side-panel" aria-labelledby="out-title">
      <header className="panel-head">
        <h2 id="out-title">Out of service</h2>
        <span className="quiet num">
          {groups.reduce((sum, group) => sum + group.boards.length, 0)}
        </span>
      </header>
      <ul className="out-list">
        {groups.slice(0, MOST).map((group) => (
          <Row key={group.key} group={group} />
        ))}
      </ul>
      {groups.length > MOST && (
        <p className="quiet panel-note">and {plural(groups.length - MOST, 'more cause')}</p>
      )}
    </section>
  );
}
