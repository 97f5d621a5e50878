import { randomUUID } from 'node:crypto';
import { ERROR_CODES, FarmError } from '@greenrack/farm-protocol';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import type { AuthThrottle } from './auth-throttle.js';
import type { ClientAddresses } from './client-addresses.js';
import type { ConnectionGuard } from './connection-guard.js';
import { lingerThenHangUp } from './linger.js';
import type { Logger } from './logger.js';
import { creates, IDEMPOTENCY_KEY, idempotencyKeyOf } from './once.js';
import { bearerOf, NOBODY, type Principal, roleCovers } from './principal.js';
import { asFarmError, sendProblem } from './problem.js';
import type { Audit, Route } from './route.js';
import type { CheckHost } from './security.js';
import { sendJson } from './send-json.js';

/** Largest JSON body, in bytes. */
const MAX_JSON_BYTES = 1024 * 1024;

export interface RouteServices {
  readonly throttle: AuthThrottle;
  readonly addresses: ClientAddresses;
  readonly guard: Pick<ConnectionGuard, 'prove'>;
  readonly checkHost: CheckHost;
  /** Writes down who did what. */
  readonly audit: Audit;
  readonly log: Logger;
}

/** Gives every request an id, and logs it when it is answered; failures of ours as errors, the rest as debug. */
export function requestLog(log: Logger) {
  return (req: Request, res: Response, next: NextFunction): void => {
    const requestId = randomUUID();
    res.locals.requestId = requestId;
    res.setHeader('X-Request-Id', requestId);
    const beganMs = performance.now();
    // Whoever has the answer and still sends a body holds a connection for nothing.
    res.once('finish', () => lingerThenHangUp(req));
    res.once('close', () => {
      const ms = Math.round(performance.now() - beganMs);
      const whole = res.writableFinished;
      log.debug({
        requestId,
        method: req.method,
        path: req.path,
        status: res.statusCode,
        ms,
        whole,
      });
    });
    next();
  };
}

/** Puts the routes into the app. */
export function registerRoutes(
  app: Express,
  routes: readonly Route[],
  services: RouteServices,
): void {
  const json = express.json({ limit: MAX_JSON_BYTES, inflate: false, strict: false });
  for (const route of routes) {
    const answer = (req: Request, res: Response) =>
      answerRoute(route, {
        ...{ req, res, address: services.addresses.of(req) },
        audit: services.audit,
      });
    const admit = async (req: Request, res: Response, next: NextFunction) => {
      res.locals.principal = await admitted(route, req, services);
      next();
    };
    // Access comes first: a stranger's body is not even parsed.
    if (route.body) app[route.method](route.path, admit, json, answer);
    else app[route.method](route.path, admit, answer);
  }
}

/** The last handlers of the app: unknown paths, then every error. */
export function registerErrorHandlers(app: Express, log: Logger): void {
  app.use((req: Request) => {
    throw new FarmError('not_found', `No ${req.method} ${req.path.slice(0, 200)} here`);
  });
  app.use((error: unknown, req: Request, res: Response, _next: NextFunction) => {
    const farmError = asFarmError(error);
    const requestId = String(res.locals.requestId);
    const { code, context } = farmError;
    if (ERROR_CODES[code].status >= 500)
      log.error({ requestId, path: req.path, code, context, err: error }, 'request failed');
    else log.debug({ requestId, code, context }, farmError.message);
    sendProblem(res, farmError, requestId);
  });
}

async function admitted(
  route: Route,
  req: Request,
  { throttle, addresses, guard, checkHost }: RouteServices,
): Promise<Principal> {
  if (route.role === 'none') {
    checkHost(req);
    return NOBODY;
  }
  const secret = bearerOf(req.headers.authorization);
  const principal = await throttle.authenticate(secret, addresses.of(req));
  if (principal.tokenId === null) checkHost(req);
  guard.prove(req.socket, principal);
  if (principal.bound && route.method !== 'get' && !route.sessions)
    throw new FarmError('forbidden', `${principal.name} is a session: it submits, and no more`);
  const ok =
    roleCovers(principal.role, route.role) || (route.agents === true && principal.role === 'agent');
  if (ok) return principal;
  throw new FarmError(
    'forbidden',
    `${principal.name} is ${principal.role}; this needs ${route.role}`,
  );
}

async function answerRoute(
  route: Route,
  { req, res, address, audit }: { req: Request; res: Response; address: string; audit: Audit },
): Promise<void> {
  if (route.body && req.body === undefined)
    throw new FarmError('unsupported_media_type', 'This route takes application/json');
  const gone = new AbortController();
  const left = new FarmError('invalid_request', 'the client hung up before it had its answer');
  res.once('close', () => gone.abort(left));
  const answer = await route.run({
    params: { ...req.params },
    query: { ...req.query },
    body: req.body,
    principal: res.locals.principal,
    address,
    idempotencyKey: creates(route) ? idempotencyKeyOf(req.get(IDEMPOTENCY_KEY)) : undefined,
    signal: gone.signal,
    audit,
    req,
    res,
  });
  if (route.produces) return;
  res.status(route.status ?? (res.statusCode || 200));
  await sendJson(res, answer);
}
