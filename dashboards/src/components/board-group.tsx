import { memo } from 'react';
import type { BoardGroup as Group } from '../model/board-list.js';
import type { Density } from '../model/density.js';
import { plural } from '../model/format.js';
import { BoardCard, BoardCell, BoardTile } from './board-card.js';
import { Icon } from './icon.js';
import { Ago } from './times.js';

interface Props {
  readonly group: Group;
  readonly density: Density;
}

function AgentState({ group }: { readonly group: Group }) {
  const { view } = group;
  if (!view) return null;
  if (view.neverSeen)
    return (
      <span className="agent-state agent-gone" title="its agent has never connected">
        <Icon name="offline" />
        <span className="agent-word">never connected</span>
      </span>
    );
  return (
    <span
      className={`agent-state ${view.connected ? '' : 'agent-gone'}`}
      title={`agent ${view.version} on ${view.host}`}
    >
      <Icon name={view.connected ? 'good' : 'offline'} />
      <span className="agent-word">
        {view.connected ? 'connected' : 'gone'} <Ago atMs={view.sinceMs} />
      </span>
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

const BOARDS = { cards: BoardCard, rows: BoardCell, tiles: BoardTile } as const;

/** The boards of one agent. */
export const BoardGroup = memo(function BoardGroup({ group, density }: Props) {
  const Board = BOARDS[density];
  const id = `agent-${group.agent}`;
  return (
    <section className="board-group" aria-labelledby={id}>
      <header>
        <h2 id={id} className="cut">
          <Icon name="rack" />
          {group.agent}
        </h2>
        <AgentState group={group} />
        <span className="quiet group-words num">{groupWords(group)}</span>
      </header>
      <ul className={`boards-${density}`}>
        {group.boards.map((board) => (
          <Board key={board.serial} board={board} />
        ))}
      </ul>
    </section>
  );
});
