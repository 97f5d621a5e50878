import { FarmError } from '@greenrack/farm-protocol';
import type { Page, PageRequest } from './ports.js';

/** Cuts a page out of rows that were read with one more than `page.limit`; `cursorOf` names its last row. */
export function pageOfRows<R, T>(
  rows: readonly R[],
  page: PageRequest,
  map: { view(row: R): T; cursorOf(row: R): string | number },
): Page<T> {
  const shown = rows.slice(0, page.limit);
  const last = shown.at(-1);
  const more = rows.length > page.limit && last !== undefined;
  return { items: shown.map(map.view), nextCursor: more ? String(map.cursorOf(last)) : null };
}

/** Cursor that is a number. @throws FarmError `invalid_request` */
export function numberCursor(page: PageRequest): number | undefined {
  if (page.cursor === undefined) return undefined;
  if (/^\d{1,15}$/.test(page.cursor)) return Number(page.cursor);
  throw foreignCursor();
}

/** A cursor that no page of this list has given. */
export function foreignCursor(): FarmError {
  return new FarmError('invalid_request', 'cursor: this list did not give that cursor', {
    fields: [{ path: 'cursor', message: 'expected nextCursor of the page before' }],
  });
}
