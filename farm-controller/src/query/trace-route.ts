import { TraceReader } from '@greenrack/farm-model';
import {
  FarmError,
  MAX_TRACE_POINTS,
  streamNameSchema,
  type TraceList,
  traceListSchema,
  traceWindowSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { StreamBytes, StreamKey } from '../store/ports.js';
import { FairTurns } from '../timing/fair-turns.js';
import { jsonRoute, type Route } from '../web/route.js';
import { ATTEMPT_PATH, attemptParamsSchema, findKept } from './attempt-of.js';
import type { QueryDeps } from './deps.js';
import { traceView, windowView } from './trace-view.js';

type Deps = Pick<QueryDeps, 'store' | 'streams'>;
const DEFAULT_POINTS = 1000;
const sampleSchema = z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const traceNameSchema = streamNameSchema.refine((name) => name.startsWith('trace'), {
  error: 'a console is no trace',
});
/** Windows at a time: each may hold some MB of unpacked blocks. */
const turns = new FairTurns({ places: 4, placesEach: 2, waitingEach: 100 });

/** Traces of an attempt, and any part of one as a picture needs it. */
export function traceRoutes(deps: Deps): Route[] {
  return [tracesOfAttempt(deps), windowOfTrace(deps)];
}

function tracesOfAttempt(deps: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${ATTEMPT_PATH}/traces`,
    role: 'viewer',
    summary: 'What was measured beside an attempt: its traces, their instruments and their faults',
    params: attemptParamsSchema,
    response: traceListSchema,
    handler: async ({ params, principal, signal }) => {
      const { id: attemptId } = await findKept(deps, params, 'traces');
      const names = (await deps.streams.names(attemptId)).filter((name) =>
        name.startsWith('trace'),
      );
      const list: TraceList = { items: [], unreadable: [] };
      for (const name of names)
        await turns.run(principal.name, signal, () => listed(deps, { attemptId, name }, list));
      return list;
    },
  });
}

/** One that is damaged does not hide the others. */
async function listed(deps: Deps, key: StreamKey, { items, unreadable }: TraceList): Promise<void> {
  const stream = key.name;
  try {
    const found = await withTrace(deps, key, async (trace) => traceView(stream, trace));
    if (found) items.push(found);
  } catch (error) {
    if (!(error instanceof FarmError) || error.code !== 'conflict') throw error;
    unreadable.push({ stream, why: error.message });
  }
}

function windowOfTrace(deps: Deps): Route {
  return jsonRoute({
    method: 'get',
    path: `${ATTEMPT_PATH}/traces/:stream`,
    role: 'viewer',
    summary:
      'A window of a trace as points of minimum, maximum, mean and lines, and the charge between its ends',
    params: attemptParamsSchema.extend({ stream: traceNameSchema }),
    query: z.strictObject({
      from: sampleSchema.default(0).describe('First sample'),
      to: sampleSchema.optional().describe('The sample behind the last; default: the end'),
      points: z.coerce.number().int().min(1).max(MAX_TRACE_POINTS).default(DEFAULT_POINTS),
    }),
    response: traceWindowSchema,
    handler: async ({ params, query, principal, signal }) => {
      const { stream } = params;
      const { id: attemptId } = await findKept(deps, params, 'traces');
      return await turns.run(principal.name, signal, async () => {
        const found = await withTrace(deps, { attemptId, name: stream }, (trace) =>
          windowView(stream, trace, query),
        );
        if (found) return found;
        throw new FarmError('not_found', `attempt ${params.number} has no stream ${stream}`);
      });
    },
  });
}

/** Readers of bytes that are kept open: their index is read once. */
const readers = new WeakMap<StreamBytes, Promise<TraceReader>>();

function opened(bytes: StreamBytes): Promise<TraceReader> {
  const reader = readers.get(bytes) ?? TraceReader.open(bytes);
  readers.set(bytes, reader);
  reader.catch(() => readers.delete(bytes));
  return reader;
}

/** What agents have sent as a trace may be none. @throws FarmError `conflict` */
async function withTrace<T>(
  { streams }: Deps,
  key: StreamKey,
  work: (trace: TraceReader) => Promise<T>,
): Promise<T | undefined> {
  return await streams.withBytes(key, async (bytes) => {
    try {
      return await work(await opened(bytes));
    } catch (error) {
      // What the disk or the store says is not the trace's fault.
      if (error instanceof FarmError || !(error instanceof Error) || 'errno' in error) throw error;
      const message = `stream ${key.name} of ${key.attemptId} cannot be read as a trace: ${error.message}`;
      throw new FarmError('conflict', message, { cause: error });
    }
  });
}
