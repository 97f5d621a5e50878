import { z } from 'zod';
import type { Page, PageRequest } from '../store/ports.js';

const MAX_LIMIT = 500;

/** Query fields of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  cursor: z.string().min(1).max(500).optional(),
};

export function pageRequest(query: { limit: number; cursor?: string | undefined }): PageRequest {
  const { limit, cursor } = query;
  return { limit, ...(cursor !== undefined && { cursor }) };
}

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
