import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server as NodeServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as protocol from '@greenrack/farm-protocol';
import express, { type Express } from 'express';
import { Server as SocketServer } from 'socket.io';
import { AuditBook } from './audit/audit-book.js';
import { auditRoute } from './audit/audit-route.js';
import type { QueryDeps } from './query/deps.js';
import type { FarmMetrics } from './query/farm-metrics.js';
import { LiveGateway } from './query/live-gateway.js';
import { metricsRoute } from './query/metrics-route.js';
import { queryRoutes } from './query/query-routes.js';
import { reportRoutes } from './report/report-route.js';
import { ReportShelf } from './report/report-shelf.js';
import { rerunRoutes } from './submit/rerun-route.js';
import { submitRoute } from './submit/submit-route.js';
import type { SubmitDeps } from './submit/submit-service.js';
import { AuthThrottle, type ThrottleLimits } from './web/auth-throttle.js';
import { ClientAddresses } from './web/client-addresses.js';
import { ConnectionGuard } from './web/connection-guard.js';
import { affordableConnections, connectionLimits } from './web/connection-limits.js';
import { serveDashboards } from './web/dashboard-pages.js';
import type { Logger } from './web/logger.js';
import { withOpenApi } from './web/openapi-route.js';
import type { Authenticate } from './web/principal.js';
import {
  type RouteServices,
  registerErrorHandlers,
  registerRoutes,
  requestLog,
} from './web/register-routes.js';
import type { Audit, Route } from './web/route.js';
import { hostCheck, refuseForeign, securityHeaders, whyForeign } from './web/security.js';
import { SMALL_MESSAGE_BYTES, SocketGate } from './web/socket-gate.js';
import { TokenSockets } from './web/token-sockets.js';

export interface HttpOptions {
  readonly version: string;
  /** Names of this controller besides `localhost` and that of its machine, without a port. */
  readonly hostNames: readonly string[];
  /** Whether `/metrics` needs no token: for a controller that listens on loopback only. */
  readonly openMetrics: boolean;
  /** The built web app; without it there are no pages. */
  readonly dashboardDir?: string;
  /** Reverse proxies whose `X-Forwarded-For` is believed. Default none. */
  readonly trustedProxies?: readonly string[];
  /** Default: what the process may have open, less what it needs itself. */
  readonly maxConnections?: number;
  readonly throttle?: Partial<ThrottleLimits>;
  readonly timeouts?: Partial<HttpTimeouts>;
}

/** Patience with slow clients, in milliseconds. */
export interface HttpTimeouts {
  /** For all headers of a request, and for a new connection to send one. Default 10 000. */
  readonly headersMs: number;
  /** For a whole request, the largest upload over a slow line included. Default 1 800 000. */
  readonly requestMs: number;
  /** Without a byte in either direction. Default 60 000. */
  readonly idleMs: number;
  /** How often overdue connections are looked for. Default 5 000. */
  readonly checkMs: number;
  /** For a socket.io connection to bring a token that is accepted. Default 10 000. */
  readonly proofMs: number;
}
const TIMEOUTS: HttpTimeouts = {
  headersMs: 10_000,
  requestMs: 1_800_000,
  idleMs: 60_000,
  checkMs: 5_000,
  proofMs: 10_000,
};

export interface HttpDeps extends Omit<SubmitDeps, 'onError'>, QueryDeps {
  /** Made before the server: the stages count into it. */
  readonly metrics: FarmMetrics;
  readonly authenticator: { authenticate: Authenticate };
  /** Where reports in the making are. */
  readonly reportDir: string;
  /** Routes of other stages, such as those of tokens. */
  readonly extraRoutes?: readonly Route[];
  readonly log: Logger;
}

/** The controller's only listening socket: REST, live events, the agents' link, and the web app. */
export interface HttpServer {
  readonly server: NodeServer;
  /** The agents' gateway puts its namespace here. */
  readonly io: SocketServer;
  /** Checks tokens and turns away addresses that keep sending wrong ones. */
  readonly throttle: AuthThrottle;
  /** Lets connections of {@link io} in. */
  readonly gate: SocketGate;
  readonly routes: readonly Route[];
  /** Ends the connections of a token that was revoked. */
  cutToken(tokenId: string): void;
  /** Resolves to the port, once connections are taken. Port 0 takes a free one. */
  listen(port: number, host: string): Promise<number>;
  /** Takes no more requests, lets those at hand finish for `deadlineMs`, then cuts what is left. */
  close(deadlineMs: number): Promise<void>;
}

export function createHttpServer(deps: HttpDeps, options: HttpOptions): HttpServer {
  const throttle = new AuthThrottle(
    (secret) => deps.authenticator.authenticate(secret),
    options.throttle,
  );
  const shelf = new ReportShelf();
  const submitDeps: SubmitDeps = {
    ...deps,
    onError: (err, what) => deps.log.error({ err }, what),
  };
  const book = new AuditBook(deps.store.database, deps.log);
  const audit: Audit = (asked, act) => book.keep(asked, act);
  const routes = withOpenApi(
    [
      ...queryRoutes(deps),
      metricsRoute(deps.metrics, options.openMetrics),
      submitRoute(submitDeps),
      ...rerunRoutes(submitDeps),
      ...reportRoutes({ ...deps, shelf }),
      auditRoute(book),
      ...(deps.extraRoutes ?? []),
    ],
    NAMED_SCHEMAS,
    options.version,
  );
  const checkHost = hostCheck(options.hostNames);
  const timeouts = { ...TIMEOUTS, ...options.timeouts };
  const limits = connectionLimits(options.maxConnections ?? affordableConnections());
  const addresses = new ClientAddresses(options.trustedProxies ?? []);
  const guard = new ConnectionGuard(limits, addresses, () => deps.metrics.countShed());
  const { log } = deps;
  const { dashboardDir } = options;
  const app = buildApp(routes, {
    ...{ throttle, addresses, guard, checkHost, audit, log, dashboardDir },
  });
  const server = buildServer(app, guard, timeouts);
  const io = buildSocketServer(server, (req) => whyForeign(req) || gate.whyFull(req));
  const newcomersPerAddress = limits.strangersPerAddress;
  const gate = new SocketGate(io, {
    ...{ throttle, guard, addresses, checkHost, newcomersPerAddress },
    proofMs: timeouts.proofMs,
  });
  const sockets = new TokenSockets(io);
  const live = new LiveGateway(io, { ...deps, gate });
  return {
    server,
    io,
    throttle,
    gate,
    routes,
    cutToken: (tokenId) => sockets.cut(tokenId),
    listen: (port, host) => listen(server, port, host),
    close: (deadlineMs) => close(server, io, { live, shelf, deadlineMs }),
  };
}

interface AppParts extends RouteServices {
  readonly dashboardDir: string | undefined;
}

function buildApp(routes: readonly Route[], parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', 'simple');
  app.use(requestLog(parts.log), securityHeaders, refuseForeign);
  registerRoutes(app, routes, parts);
  if (parts.dashboardDir !== undefined) serveDashboards(app, parts.dashboardDir, parts.checkHost);
  registerErrorHandlers(app, parts.log);
  return app;
}

function buildServer(app: Express, guard: ConnectionGuard, timeouts: HttpTimeouts): NodeServer {
  const server = createServer(
    {
      headersTimeout: timeouts.headersMs,
      requestTimeout: timeouts.requestMs,
      connectionsCheckingInterval: timeouts.checkMs,
      maxHeaderSize: 16 * 1024,
    },
    (req, res) => {
      if (guard.begin(req.socket, (done) => res.once('close', done))) app(req, res);
    },
  );
  guard.watch(server);
  server.timeout = timeouts.idleMs;
  return server;
}

function buildSocketServer(
  server: NodeServer,
  whyNot: (req: IncomingMessage) => string,
): SocketServer {
  return new SocketServer(server, {
    transports: ['websocket'],
    serveClient: false,
    maxHttpBufferSize: SMALL_MESSAGE_BYTES,
    allowRequest: (req, decide) => {
      const why = whyNot(req);
      decide(why === '' ? undefined : why, why === '');
    },
  });
}

async function listen(server: NodeServer, port: number, host: string): Promise<number> {
  server.listen(port, host);
  try {
    await once(server, 'listening');
  } catch (error) {
    throw new protocol.FarmError(
      'invalid_configuration',
      `cannot listen on ${host}:${port} (${error instanceof Error ? error.message : error}); set GREENRACK_HTTP_HOST and GREENRACK_HTTP_PORT, or stop what listens there`,
      { cause: error },
    );
  }
  return (server.address() as AddressInfo).port;
}

async function close(
  server: NodeServer,
  io: SocketServer,
  { live, shelf, deadlineMs }: { live: LiveGateway; shelf: ReportShelf; deadlineMs: number },
): Promise<void> {
  live.close();
  const cut = setTimeout(() => server.closeAllConnections(), deadlineMs);
  const closed = server.listening ? once(server, 'close') : undefined;
  // Ends every socket.io connection and stops listening.
  await io.close();
  await closed;
  clearTimeout(cut);
  await shelf.close();
}

const NAMED_SCHEMAS = {
  Agent: protocol.agentViewSchema,
  Attempt: protocol.attemptViewSchema,
  AttemptEvent: protocol.attemptEventSchema,
  Board: protocol.boardViewSchema,
  BoardTransition: protocol.boardTransitionSchema,
  Metric: protocol.metricSchema,
  Requirement: protocol.requirementSchema,
  Run: protocol.runViewSchema,
  RunDetail: protocol.runDetailSchema,
  Submission: protocol.submissionViewSchema,
  SubmissionCreated: protocol.submissionCreatedSchema,
  Token: protocol.tokenViewSchema,
};
