import { memo } from 'react';
import type { BoardGroup as Group } from '../model/board-list.js';
import { plural } from '../model/format.js';
import { BoardCard, BoardCell } from './board-card.js';
import { Icon } from './icon.js';
import { Ago } from './times.js';

interface Props {
  readonly group: Group;
  readonly dense: boolean;
  readonly onOpen: (serial: string) => void;
}

function AgentState({ group }: { readonly group: Group }) {
  const { view } = group;
  if (!view) return null;
  if (view.neverSeen)
    return (
      <span className="agent-state agent-gone">
        <Icon name="offline" />
        has never connected
      </span>
    );
  return (
    <span className={`agent-state ${view.connected ? '' : 'agent-gone'}`}>
      <Icon name={view.connected ? 'good' : 'offline'} />
      {view.connected ? 'connected' : 'not connected'} <Ago atMs={view.sinceMs} />
    </span>
  );
}

function groupWords({ counts }: Group): string {
  const parts = [
    plural(counts.total, 'board'),
    counts.leased > 0 ? `${counts.leased} running` : '',
    counts.offline > 0 ? `${counts.offline} offline` : '',
    counts.unwell > 0 ? `${counts.unwell} to look at` : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** The boards of one agent. */
export const BoardGroup = memo(function BoardGroup({ group, dense, onOpen }: Props) {
  const Board = dense ? BoardCell : BoardCard;
  const id = `agent-${group.agent}`;
  return (
    <section className="board-group" aria-labelledby={id}>
      <header>
        <h2 id={id}>
          <Icon name="rack" />
          {group.agent}
        </h2>
        <AgentState group={group} />
        {group.view && !group.view.neverSeen && (
          <span className="quiet cut agent-host">
            {group.view.host} · {group.view.version}
          </span>
        )}
        <span className="quiet group-words num">{groupWords(group)}</span>
      </header>
      <ul className={dense ? 'board-grid-dense' : 'board-grid'}>
        {group.boards.map((board) => (
          <Board key={board.serial} board={board} onOpen={onOpen} />
        ))}
      </ul>
    </section>
  );
});
