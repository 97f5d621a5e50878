/** How much of a board is shown on the wall. */
export const DENSITIES = ['cards', 'rows', 'tiles'] as const;
export type Density = (typeof DENSITIES)[number];

const MOST_CARDS = 36;
const MOST_ROWS = 160;

/** What was chosen, or what fits so many boards on a screen. */
export function densityFor(chosen: string, boards: number): Density {
  const known = DENSITIES.find((one) => one === chosen);
  if (known) return known;
  if (boards <= MOST_CARDS) return 'cards';
  return boards <= MOST_ROWS ? 'rows' : 'tiles';
}
