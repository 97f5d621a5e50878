import { type KeyboardEvent, type RefObject, useCallback } from 'react';

const MOVES = ['ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', 'Home', 'End'];

/** The one in the next row (or the one before) that stands closest below (or above). */
function vertical(all: readonly HTMLElement[], at: number, down: boolean): HTMLElement | undefined {
  const from = all[at]?.getBoundingClientRect();
  if (!from) return undefined;
  const rows = (down ? all.slice(at + 1) : all.slice(0, at).reverse()).map((element) => ({
    element,
    box: element.getBoundingClientRect(),
  }));
  const beyond = rows.filter(({ box }) => (down ? box.top > from.top + 4 : box.top < from.top - 4));
  const distance = ({ box }: (typeof rows)[number]) =>
    Math.abs(box.top - from.top) * 4 + Math.abs(box.left - from.left);
  return beyond.sort((a, b) => distance(a) - distance(b))[0]?.element;
}

function wanted(all: readonly HTMLElement[], at: number, key: string): HTMLElement | undefined {
  if (key === 'ArrowLeft') return all[at - 1];
  if (key === 'ArrowRight') return all[at + 1];
  if (key === 'Home') return all[0];
  if (key === 'End') return all.at(-1);
  return vertical(all, at, key === 'ArrowDown');
}

/** Arrow keys move between the links that stand in a grid, by where they are drawn. */
export function useGridKeys(grid: RefObject<HTMLElement | null>, selector: string) {
  return useCallback(
    (event: KeyboardEvent) => {
      if (!MOVES.includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
      const all = [...(grid.current?.querySelectorAll<HTMLElement>(selector) ?? [])];
      const at = all.findIndex((element) => element.matches(':focus'));
      const next = at < 0 ? undefined : wanted(all, at, event.key);
      if (!next) return;
      event.preventDefault();
      next.focus();
    },
    [grid, selector],
  );
}
