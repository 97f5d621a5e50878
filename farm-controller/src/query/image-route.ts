import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  FarmError,
  imageQueryReplySchema,
  imageQuerySchema,
  sha256Schema,
} from '@greenrack/farm-protocol';
import type { Response } from 'express';
import { z } from 'zod';
import { byteRange } from '../web/byte-range.js';
import { API_BASE, jsonRoute, type Route, streamRoute } from '../web/route.js';
import { begun } from './begun.js';
import type { QueryDeps } from './deps.js';
import { orNotFound } from './missing.js';

type Deps = Pick<QueryDeps, 'store' | 'blobs'>;

export function imageRoutes(deps: Deps): Route[] {
  return [missingImages(deps), imageBytes(deps)];
}

function missingImages({ store }: Deps): Route {
  return jsonRoute({
    method: 'post',
    path: `${API_BASE}/images/query`,
    role: 'submitter',
    sessions: true,
    unaudited: true,
    summary: 'Which of these images the farm does not have',
    body: imageQuerySchema,
    response: imageQueryReplySchema,
    handler: async ({ body }) => ({ missing: await store.images.missing(body.sha256) }),
  });
}

/** Agents have what they run, and nothing of what others do. */
function imageBytes({ store, blobs }: Deps): Route {
  return streamRoute({
    method: 'get',
    path: `${API_BASE}/images/:sha256`,
    role: 'submitter',
    agents: true,
    summary: 'The bytes of an image',
    params: z.strictObject({ sha256: sha256Schema }),
    produces: ['application/octet-stream'],
    handler: async ({ params: { sha256 }, principal: { role, name }, req, res }) => {
      if (role === 'agent' && !(await store.images.isAssigned(sha256, name)))
        throw new FarmError('forbidden', `no attempt of agent ${name} runs image ${sha256}`);
      await refuseRemoved(store, sha256);
      const bytes = orNotFound(await blobs.sizeOf(sha256), `image ${sha256}`);
      const range = byteRange(req.headers.range, bytes);
      if (range === 'none') return nothingThere(res, bytes);
      const { from, to } = range ?? { from: 0, to: bytes };
      const image = await begun(blobs.read(sha256, range));
      res.attachment(`${sha256}.img`).type('application/octet-stream');
      res.setHeader('Accept-Ranges', 'bytes');
      res.setHeader('Content-Length', to - from);
      if (range) res.status(206).setHeader('Content-Range', `bytes ${from}-${to - 1}/${bytes}`);
      // Named by its hash, it can never change.
      res.setHeader('Cache-Control', 'private, max-age=31536000, immutable');
      await pipeline(Readable.from(image), res);
    },
  });
}

/** Whoever has all of it already is told so. */
function nothingThere(res: Response, bytes: number): void {
  res.status(416).setHeader('Content-Range', `bytes */${bytes}`);
  res.end();
}

/** @throws FarmError `gone` */
async function refuseRemoved({ images }: Deps['store'], sha256: string): Promise<void> {
  const removedMs = await images.removedMs(sha256);
  if (removedMs === undefined) return;
  const day = new Date(removedMs).toISOString().slice(0, 10);
  throw new FarmError('gone', `image ${sha256} was removed by policy on ${day}: upload it again`);
}
