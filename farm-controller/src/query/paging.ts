import type { Page, PageRequest } from '../store/ports.js';

export { pageQuery, pageRequest } from '../web/paging.js';

/** One page of a list that is in memory whole; the cursor is the key of the last item. */
export function pageInMemory<T>(
  all: readonly T[],
  keyOf: (item: T) => string,
  { limit, cursor }: PageRequest,
): Page<T> {
  const sorted = [...all].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const rest = cursor === undefined ? sorted : sorted.filter((item) => keyOf(item) > cursor);
  const items = rest.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: last && rest.length > limit ? keyOf(last) : null };
}
