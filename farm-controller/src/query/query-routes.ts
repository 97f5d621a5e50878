import type { Route } from '../web/route.js';
import { agentRoute } from './agent-route.js';
import { attemptRoutes } from './attempt-route.js';
import { boardRoutes } from './board-route.js';
import { compareCasesRoute } from './compare-cases-route.js';
import type { QueryDeps } from './deps.js';
import { dutyRoutes } from './duty-route.js';
import { healthRoute } from './health-route.js';
import { imageRoutes } from './image-route.js';
import { queueRoute } from './queue-route.js';
import { runRoutes } from './run-route.js';
import { submissionRoutes } from './submission-route.js';
import { testRoutes } from './test-route.js';
import { traceRoutes } from './trace-route.js';
import { whoamiRoute } from './whoami-route.js';

/** Everything that people and programs read, with the small orders that go with it. */
export function queryRoutes(deps: QueryDeps): Route[] {
  return [
    healthRoute(deps),
    whoamiRoute(),
    ...imageRoutes(deps),
    ...submissionRoutes(deps),
    compareCasesRoute(deps),
    ...runRoutes(deps),
    ...attemptRoutes(deps),
    ...traceRoutes(deps),
    ...boardRoutes(deps),
    agentRoute(deps),
    ...dutyRoutes(deps),
    queueRoute(deps),
    ...testRoutes(deps),
  ];
}
