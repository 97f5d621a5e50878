import type { BoardSpec } from '@greenrack/farm-protocol';

/**
 * How much is lost when a board is busy: for every fixture and tag, one divided by the boards of the same target that
 * have it too. A plain board scores 0; the only board with an Ethernet fixture scores 1 for it.
 */
export function boardRarity(boards: readonly BoardSpec[]): ReadonlyMap<string, number> {
  const owners = new Map<string, number>();
  for (const board of boards)
    for (const trait of traitsOf(board)) owners.set(trait, (owners.get(trait) ?? 0) + 1);
  return new Map(boards.map((board) => [board.serial, rarityOf(board, owners)]));
}

function rarityOf(board: BoardSpec, owners: ReadonlyMap<string, number>): number {
  let rarity = 0;
  for (const trait of traitsOf(board)) rarity += 1 / (owners.get(trait) ?? 1);
  return rarity;
}

function traitsOf(board: BoardSpec): Set<string> {
  const fixtures = board.fixtures.map((fixture) => `${board.target} fixture ${fixture}`);
  return new Set([...fixtures, ...board.tags.map((tag) => `${board.target} tag ${tag}`)]);
}
