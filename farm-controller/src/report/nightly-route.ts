import { nightlyReportSchema, submissionIdSchema } from '@greenrack/farm-protocol';
import { z } from 'zod';
import { API_BASE, jsonRoute, type Route, type RouteContext, streamRoute } from '../web/route.js';
import { nightlyJunit } from './nightly-junit.js';
import { makeNightly, type NightlyDeps } from './nightly-maker.js';

const params = z.strictObject({ id: submissionIdSchema });
const query = z.strictObject({ against: submissionIdSchema.optional() });
type Ctx = RouteContext<z.output<typeof params>, z.output<typeof query>, unknown>;

/** What has changed since the time before, for pages, programs and CI. */
export function nightlyRoutes(deps: NightlyDeps): Route[] {
  const made = ({ params: { id: submissionId }, query: { against }, principal, signal }: Ctx) =>
    makeNightly(deps, { submissionId, against, tenant: principal.tenant, signal });
  const path = `${API_BASE}/submissions/:id/nightly`;
  const asked = { method: 'get', role: 'viewer', params, query } as const;
  return [
    jsonRoute({
      ...{ ...asked, path, response: nightlyReportSchema },
      summary:
        'What has changed since the submission before of its schedule, or of its name and branch, or since another one',
      handler: made,
    }),
    streamRoute({
      ...{ ...asked, path: `${path}/junit`, produces: ['application/xml'] },
      summary: 'The same as JUnit XML: new failures and missing cases have failed',
      handler: async (ctx) => {
        const text = nightlyJunit(await made(ctx));
        ctx.res.attachment(`${ctx.params.id}.nightly.xml`).type('application/xml; charset=utf-8');
        ctx.res.send(text);
      },
    }),
  ];
}
