import { auditEntrySchema, auditIdSchema, pageOf } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { pageQuery, pageRequest } from '../web/paging.js';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { AuditBook } from './audit-book.js';

/** What people and programs told the farm to do. */
export function auditRoute(book: Pick<AuditBook, 'list'>): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/audit`,
    role: 'admin',
    summary: 'Who told the farm to do what, and how it ended; the newest first',
    query: z.strictObject({ ...pageQuery, cursor: auditIdSchema.optional() }),
    response: pageOf(auditEntrySchema),
    handler: ({ query }) => book.list(pageRequest(query)),
  });
}
