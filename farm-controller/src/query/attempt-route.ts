import { pipeline } from 'node:stream/promises';
import { attemptViewSchema, eventPageSchema, streamNameSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { jsonRoute, type Route, streamRoute } from '../web/route.js';
import { ATTEMPT_PATH, attemptParamsSchema, findAttempt, findKept } from './attempt-of.js';
import { begun } from './begun.js';
import { CONSOLE_FORMATS, sendConsole } from './console-download.js';
import { coverageArchive } from './coverage-archive.js';
import type { QueryDeps } from './deps.js';
import { explained } from './explained-crash.js';

type Deps = Pick<QueryDeps, 'store' | 'streams' | 'explainCrash'>;
const PATH = ATTEMPT_PATH;
const params = attemptParamsSchema;
const consoleNameSchema = streamNameSchema.refine((name) => name.startsWith('console'), {
  error: 'a trace is no console',
});
export function attemptRoutes(deps: Deps): Route[] {
  return [oneAttempt(deps), eventsOfAttempt(deps), consoleOfAttempt(deps), coverageOfAttempt(deps)];
}

function oneAttempt(deps: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: PATH,
    role: 'viewer',
    summary: 'One attempt of a run, with its cases',
    params,
    response: attemptViewSchema,
    handler: async (ctx) => {
      const attempt = await findAttempt(deps, ctx.params);
      const run = attempt.crash && (await deps.store.runs.get(ctx.params.id));
      return run ? explained(deps, attempt, run.imageSha256) : attempt;
    },
  });
}

function eventsOfAttempt(deps: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${PATH}/events`,
    role: 'viewer',
    summary: 'Numbered events of an attempt',
    params,
    query: z.strictObject({
      after: z.coerce.number().int().min(0).default(0),
      limit: z.coerce.number().int().min(1).max(500).default(500),
    }),
    response: eventPageSchema,
    handler: async (ctx) => {
      const attempt = await findKept(deps, ctx.params, 'events');
      return deps.streams.events(attempt.id, ctx.query.after, ctx.query.limit);
    },
  });
}

function consoleOfAttempt(deps: Deps): Route {
  return streamRoute({
    method: 'get',
    path: `${PATH}/console`,
    role: 'viewer',
    summary: 'Console log of an attempt as text, JSON lines, or the log file itself',
    params,
    query: z.strictObject({
      format: z.enum(CONSOLE_FORMATS).default('text'),
      stream: consoleNameSchema
        .default('console')
        .describe('Of an attempt on several boards: console-<role>'),
      timestamps: z
        .enum(['0', '1'])
        .default('0')
        .describe('Text only: 1 puts the time before every line'),
    }),
    produces: ['text/plain', 'application/jsonl', 'application/octet-stream'],
    handler: async (ctx) => {
      const attempt = await findKept(deps, ctx.params, 'consoles');
      const wanted = { format: ctx.query.format, timestamps: ctx.query.timestamps === '1' };
      const name = `${ctx.params.id}-${ctx.params.number}`;
      const key = { attemptId: attempt.id, name: ctx.query.stream };
      const bytes = await begun(deps.streams.read(key, 0));
      await sendConsole(ctx.res, { bytes, name, ...wanted });
    },
  });
}

function coverageOfAttempt(deps: Deps): Route {
  return streamRoute({
    method: 'get',
    path: `${PATH}/coverage`,
    role: 'viewer',
    summary:
      'Coverage files (.gcda) that the image printed, as a tar archive; empty when it printed none',
    params,
    produces: ['application/x-tar'],
    handler: async (ctx) => {
      const attempt = await findKept(deps, ctx.params, 'consoles');
      const log = await begun(deps.streams.read({ attemptId: attempt.id, name: 'console' }, 0));
      ctx.res
        .attachment(`${ctx.params.id}-${ctx.params.number}-coverage.tar`)
        .type('application/x-tar');
      await pipeline(coverageArchive(log), ctx.res);
    },
  });
}
