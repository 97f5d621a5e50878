import { z } from 'zod';
import { type NamedSchemas, openApiDocument } from './openapi.js';
import { API_BASE, jsonRoute, type Route } from './route.js';

/** All of `routes`, and the route that describes them and itself. */
export function withOpenApi(
  routes: readonly Route[],
  named: NamedSchemas,
  version: string,
): readonly Route[] {
  const all: Route[] = [...routes];
  const own = jsonRoute({
    method: 'get',
    path: `${API_BASE}/openapi.json`,
    role: 'none',
    summary: 'This document',
    response: z.record(z.string(), z.unknown()),
    handler: async () => document,
  });
  all.push(own);
  const document = openApiDocument(all, named, version);
  return all;
}
