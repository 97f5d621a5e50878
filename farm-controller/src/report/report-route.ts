import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FarmError, type SubmissionView, submissionIdSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import type { Store } from '../store/ports.js';
import { API_BASE, type Route, streamRoute } from '../web/route.js';
import { ctrfJson } from './ctrf-reporter.js';
import { inTurns } from './in-turns.js';
import { junitXml } from './junit-reporter.js';
import { type ReportRun, reportRun } from './report-run.js';
import { tapText } from './tap-reporter.js';

interface ReportFormat {
  readonly name: 'junit' | 'ctrf' | 'tap';
  readonly summary: string;
  readonly mime: string;
  readonly extension: string;
  write(submission: SubmissionView, runs: AsyncIterable<ReportRun>): AsyncGenerator<string>;
}

const FORMATS: readonly ReportFormat[] = [
  {
    name: 'junit',
    summary: 'Results as JUnit XML',
    mime: 'application/xml',
    extension: 'xml',
    write: (submission, runs) => junitXml(submission.name, runs),
  },
  {
    name: 'ctrf',
    summary: 'Results as CTRF JSON',
    mime: 'application/json',
    extension: 'ctrf.json',
    write: ctrfJson,
  },
  {
    name: 'tap',
    summary: 'Results as TAP 14',
    mime: 'text/plain',
    extension: 'tap',
    write: (_submission, runs) => tapText(runs),
  },
];

/** `GET /submissions/:id/junit`, `…/ctrf`, `…/tap`. Runs that have not finished are in them, as not finished. */
export function reportRoutes(store: Store): Route[] {
  return FORMATS.map((format) =>
    streamRoute({
      method: 'get',
      path: `${API_BASE}/submissions/:id/${format.name}`,
      role: 'viewer',
      summary: format.summary,
      params: z.strictObject({ id: submissionIdSchema }),
      produces: [format.mime],
      handler: async ({ params, res }) => {
        const submission = await store.submissions.get(params.id);
        if (!submission) throw new FarmError('not_found', `There is no submission ${params.id}`);
        res.attachment(`${params.id}.${format.extension}`).type(`${format.mime}; charset=utf-8`);
        const runs = inTurns(reported(store, params.id));
        await pipeline(Readable.from(format.write(submission, runs)), res);
      },
    }),
  );
}

async function* reported(store: Store, id: string): AsyncGenerator<ReportRun> {
  for await (const { run, attempts } of store.runs.report(id)) yield reportRun(run, attempts);
}
