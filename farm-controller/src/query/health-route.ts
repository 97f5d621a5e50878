import { z } from 'zod';
import { jsonRoute, type Route } from '../web/route.js';
import type { HealthReport, QueryDeps } from './deps.js';

const healthSchema = z.object({
  status: z.enum(['ok', 'unavailable']),
  /** Whether each part works; why not is in the log, since anyone may ask here. */
  components: z.record(z.string(), z.boolean()),
});

/** How long a part may take to say that it is well. */
const DEADLINE_MS = 2000;

export function healthRoute(deps: Pick<QueryDeps, 'store' | 'health'>): Route {
  return jsonRoute({
    method: 'get',
    path: '/healthz',
    role: 'none',
    summary: 'Whether the controller can work: 200, or 503',
    response: healthSchema,
    alsoStatus: [503],
    handler: async ({ res }) => {
      const [database, others] = await Promise.all([works(deps.store.ping()), askOthers(deps)]);
      const components: Record<string, boolean> = { database, ...others };
      const ok = Object.values(components).every((component) => component);
      res.status(ok ? 200 : 503).setHeader('Cache-Control', 'no-store');
      return { status: ok ? ('ok' as const) : ('unavailable' as const), components };
    },
  });
}

async function askOthers({ health }: Pick<QueryDeps, 'health'>): Promise<Record<string, boolean>> {
  let parts: HealthReport = {};
  const ask = async () => {
    parts = await health();
  };
  if (!(await works(ask()))) return { components: false };
  return Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, part.ok]));
}

/** Whether it resolves in time. A part that fails is what is asked for here, not an error of the asking. */
async function works(answer: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(resolve, DEADLINE_MS, false);
  });
  const settled = answer.then(
    () => true,
    () => false,
  );
  const inTime = await Promise.race([settled, late]);
  clearTimeout(timer);
  return inTime;
}
