import { footprintSchema, sha256Schema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';
import type { FootprintReader } from './footprint-reader.js';
import { footprintView } from './footprint-view.js';

/** What an image takes of its board's memory, exactly, and by what that differs from another one. */
export function footprintRoute(reader: FootprintReader): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/images/:sha256/footprint`,
    role: 'viewer',
    summary: 'Flash and RAM of an ELF image by section, source file and symbol, beside a base',
    params: z.strictObject({ sha256: sha256Schema }),
    query: z.strictObject({ base: sha256Schema.optional() }),
    response: footprintSchema,
    handler: async ({ params: { sha256 }, query: { base }, principal, signal }) => {
      const asker = { tenant: principal.tenant, signal };
      const footprintOf = async (one: string) => ({
        sha256: one,
        footprint: await reader.read(one, asker),
      });
      const image = await footprintOf(sha256);
      return footprintView(image, base === undefined ? undefined : await footprintOf(base));
    },
  });
}
