import { type Route, streamRoute } from '../web/route.js';
import type { FarmMetrics } from './farm-metrics.js';

/** `open`: anyone who reaches the port may read, for a controller that listens on loopback only. */
export function metricsRoute(metrics: FarmMetrics, open: boolean): Route {
  return streamRoute({
    method: 'get',
    path: '/metrics',
    role: open ? 'none' : 'viewer',
    summary: 'Health of the farm for Prometheus (OpenMetrics)',
    produces: ['application/openmetrics-text'],
    handler: async ({ res }) => {
      const page = await metrics.page();
      res.setHeader('Content-Type', metrics.contentType);
      res.end(page);
    },
  });
}
