import { z } from 'zod';

const MAX_LIMIT = 500;

/** Query fields of every list. */
export const pageQuery = {
  limit: z.coerce.number().int().min(1).max(MAX_LIMIT).default(100),
  cursor: z.string().min(1).max(500).optional(),
};

/** Which part of a list is asked for. */
export function pageRequest(query: { limit: number; cursor?: string | undefined }): {
  limit: number;
  cursor?: string;
} {
  const { limit, cursor } = query;
  return { limit, ...(cursor !== undefined && { cursor }) };
}
