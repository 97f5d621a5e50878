import { pipeline } from 'node:stream/promises';
import {
  attemptViewSchema,
  eventPageSchema,
  FarmError,
  runIdSchema,
  streamNameSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route, streamRoute } from '../web/route.js';
import { begun } from './begun.js';
import { CONSOLE_FORMATS, sendConsole } from './console-download.js';
import { coverageArchive } from './coverage-archive.js';
import type { QueryDeps } from './deps.js';
import { explained } from './explained-crash.js';
import { orNotFound } from './missing.js';

type Deps = Pick<QueryDeps, 'store' | 'streams' | 'explainCrash'>;
const PATH = `${API_BASE}/runs/:id/attempts/:number`;
const consoleNameSchema = streamNameSchema.refine((name) => name.startsWith('console'), {
  error: 'a trace is no console',
});
const params = z.strictObject({
  id: runIdSchema,
  number: z.coerce.number().int().min(1).max(1000),
});
type Params = z.infer<typeof params>;

export function attemptRoutes(deps: Deps): Route[] {
  return [oneAttempt(deps), eventsOfAttempt(deps), consoleOfAttempt(deps), coverageOfAttempt(deps)];
}

async function find({ store }: Deps, { id, number }: Params) {
  return orNotFound(await store.attempts.byNumber(id, number), `attempt ${number} of run ${id}`);
}

/** An attempt whose events and streams are there. @throws FarmError `gone` */
async function findLogs(deps: Deps, params: Params) {
  const attempt = await find(deps, params);
  const run = await deps.store.runs.get(params.id);
  const submission = run && (await deps.store.submissions.get(run.submissionId));
  if (submission?.logsRemovedMs === undefined) return attempt;
  const day = new Date(submission.logsRemovedMs).toISOString().slice(0, 10);
  const message = `events and logs of ${submission.id} were removed by policy on ${day}; verdicts, cases and numbers are kept`;
  throw new FarmError('gone', message);
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
      const attempt = await find(deps, ctx.params);
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
      const attempt = await findLogs(deps, ctx.params);
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
      const attempt = await findLogs(deps, ctx.params);
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
      const attempt = await findLogs(deps, ctx.params);
      const log = await begun(deps.streams.read({ attemptId: attempt.id, name: 'console' }, 0));
      ctx.res
        .attachment(`${ctx.params.id}-${ctx.params.number}-coverage.tar`)
        .type('application/x-tar');
      await pipeline(coverageArchive(log), ctx.res);
    },
  });
}
