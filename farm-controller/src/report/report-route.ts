import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import {
  type Crash,
  FarmError,
  type SubmissionView,
  submissionIdSchema,
} from '@greenrack/farm-protocol';
import type { Response } from 'express';
import { z } from 'zod';
import type { Store } from '../store/ports.js';
import { API_BASE, type Route, type RouteContext, streamRoute } from '../web/route.js';
import { CtrfReport } from './ctrf-reporter.js';
import { JunitReport } from './junit-reporter.js';
import { type ReportRun, reportRun } from './report-run.js';
import type { ReportOrder, ReportShelf } from './report-shelf.js';
import { reportBytes, type SpooledReport, spoolReport } from './report-spool.js';
import type { ReportWriter } from './report-writer.js';
import { TapReport } from './tap-reporter.js';

interface ReportFormat {
  readonly name: 'junit' | 'ctrf' | 'tap';
  readonly summary: string;
  readonly mime: string;
  readonly extension: string;
  writer(submission: SubmissionView): ReportWriter;
}

const FORMATS: readonly ReportFormat[] = [
  {
    name: 'junit',
    summary: 'Results as JUnit XML',
    mime: 'application/xml',
    extension: 'xml',
    writer: (submission) => new JunitReport(submission),
  },
  {
    name: 'ctrf',
    summary: 'Results as CTRF JSON',
    mime: 'application/json',
    extension: 'ctrf.json',
    writer: (submission) => new CtrfReport(submission),
  },
  {
    name: 'tap',
    summary: 'Results as TAP 14',
    mime: 'text/plain',
    extension: 'tap',
    writer: () => new TapReport(),
  },
];

export interface ReportDeps {
  readonly store: Store;
  readonly shelf: ReportShelf;
  /** Where reports in the making are. */
  readonly reportDir: string;
  /** Says of the addresses in a crash report what they are, by the image of this hash. */
  readonly explainCrash: (crash: Crash, imageSha256: string) => Promise<Crash>;
}

/** Crash reports of one submission whose addresses are looked up; each may take a process. */
const MAX_EXPLAINED = 50;
/** And for how long: the next report waits for this one. */
const EXPLAIN_MS = 10_000;

/** `GET /submissions/:id/junit`, `…/ctrf`, `…/tap`. Runs that have not finished are in them, as not finished. */
export function reportRoutes(deps: ReportDeps): Route[] {
  return FORMATS.map((format) =>
    streamRoute({
      method: 'get',
      path: `${API_BASE}/submissions/:id/${format.name}`,
      role: 'viewer',
      summary: format.summary,
      params: z.strictObject({ id: submissionIdSchema }),
      produces: [format.mime],
      handler: async (ctx) => {
        const submission = await deps.store.submissions.get(ctx.params.id);
        if (!submission)
          throw new FarmError('not_found', `There is no submission ${ctx.params.id}`);
        await deps.shelf.lend(orderOf(deps, format, { submission, ctx }), (report) =>
          send(ctx.res, `${submission.id}.${format.extension}`, { format, report }),
        );
      },
    }),
  );
}

interface Wish {
  readonly submission: SubmissionView;
  readonly ctx: Pick<RouteContext<unknown, unknown, unknown>, 'principal' | 'res'>;
}

function orderOf(deps: ReportDeps, format: ReportFormat, { submission, ctx }: Wish): ReportOrder {
  const { id, revision, state } = submission;
  const gone = new AbortController();
  ctx.res.once('close', () => gone.abort());
  return {
    key: state === 'finished' ? `${id} ${revision} ${format.name}` : undefined,
    tenant: ctx.principal.tenant,
    signal: gone.signal,
    make: () => {
      const source = { writer: format.writer(submission), runs: reported(deps, id) };
      return spoolReport(deps.reportDir, source, gone.signal);
    },
  };
}

async function send(
  res: Response,
  fileName: string,
  { format, report }: { readonly format: ReportFormat; readonly report: SpooledReport },
): Promise<void> {
  res.attachment(fileName).type(`${format.mime}; charset=utf-8`);
  res.setHeader('content-length', report.head.byteLength + report.bodyBytes);
  await pipeline(Readable.from(reportBytes(report)), res);
}

async function* reported(deps: ReportDeps, id: string): AsyncGenerator<ReportRun> {
  const untilMs = performance.now() + EXPLAIN_MS;
  let left = MAX_EXPLAINED;
  for await (const { run, attempts } of deps.store.runs.report(id)) {
    const [attempt] = attempts;
    if (!attempt?.crash || left-- <= 0 || performance.now() > untilMs)
      yield reportRun(run, attempts);
    else {
      const crash = await deps.explainCrash(attempt.crash, run.imageSha256);
      yield reportRun(run, [{ ...attempt, crash }]);
    }
  }
}
