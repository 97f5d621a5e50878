import type { Inventory } from '@greenrack/board-inventory';
import type { AgentView } from '@greenrack/farm-protocol';
import type { Store } from '../store/ports.js';

/** Agents by name: those that have ever connected, and those that the inventory expects. */
export async function listAgents(
  store: Pick<Store, 'agents'>,
  { racks }: Pick<Inventory, 'racks'>,
): Promise<AgentView[]> {
  const seen = await store.agents.list();
  const names = new Set(seen.map(({ name }) => name));
  const missing = [...racks].filter(([name]) => !names.has(name));
  const views = missing.map(([name, boards]) => ({
    ...{ name, version: '', host: '', connected: false, sinceMs: 0, neverSeen: true },
    boards: boards.length,
  }));
  return [...seen, ...views].sort((a, b) => (a.name < b.name ? -1 : 1));
}
