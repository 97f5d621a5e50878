import { sha256Schema, uploadRequestSchema, uploadViewSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route, type RouteContext } from '../web/route.js';
import type { UploadOf, Uploads } from './uploads.js';

const paramsSchema = z.strictObject({ sha256: sha256Schema });
/** An image of the largest size is read and written once, which takes minutes on a slow disk. */
const FINISH_MS = 1_800_000;

type Uploading = Pick<
  RouteContext<z.infer<typeof paramsSchema>, unknown, unknown>,
  'params' | 'principal' | 'signal'
>;

const uploadOf = ({ params: { sha256 }, principal: { tenant }, signal }: Uploading): UploadOf => ({
  sha256,
  reader: { tenant, signal },
});

const common = {
  path: `${API_BASE}/uploads/:sha256`,
  role: 'submitter',
  sessions: true,
  unaudited: true,
  params: paramsSchema,
  response: uploadViewSchema,
} as const;

/** Images of any size, in pieces: `PUT` begins or finds an upload, `PATCH` takes a piece, `POST …/finish` ends it. */
export function uploadRoutes(uploads: Uploads): Route[] {
  return [
    jsonRoute({
      ...common,
      method: 'put',
      summary: 'Begin to upload an image in pieces, or go on with it',
      body: uploadRequestSchema,
      handler: async (ctx) => uploads.begin(uploadOf(ctx), ctx.body.sizeBytes),
    }),
    jsonRoute({
      ...common,
      method: 'get',
      summary: 'How much of an upload the farm has',
      handler: async (ctx) => uploads.find(uploadOf(ctx)),
    }),
    takePiece(uploads),
    jsonRoute({
      ...common,
      method: 'delete',
      summary: 'Give an unfinished upload up',
      handler: async (ctx) => uploads.giveUp(uploadOf(ctx)),
    }),
    jsonRoute({
      ...common,
      method: 'post',
      path: `${common.path}/finish`,
      summary: 'Make an image of all pieces; asked again, it answers the same',
      handler: async (ctx) => {
        ctx.req.setTimeout(FINISH_MS);
        return uploads.finish(uploadOf(ctx));
      },
    }),
  ];
}

function takePiece(uploads: Uploads): Route {
  return jsonRoute({
    ...common,
    method: 'patch',
    summary: 'The next piece of an upload, 1 to 64 MiB, gzip or as it is; kept when it is answered',
    query: z.strictObject({ offset: z.coerce.number().int().min(0) }),
    consumes: { 'application/octet-stream': z.string() },
    handler: async (ctx) => uploads.take(uploadOf(ctx), ctx.query.offset, ctx.req),
  });
}
