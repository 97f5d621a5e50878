import { setImmediate } from 'node:timers/promises';
import { parseOrThrow, type Role } from '@greenrack/farm-protocol';
import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Principal } from './principal.js';

export const API_BASE = '/api/v1';

/** Something that is to be written down, before it is done and when it has been. */
export interface AuditedAct {
  readonly principal: Principal;
  /** Such as `tokens delete`. */
  readonly action: string;
  /** Of the path; empty when it is to come into being. */
  readonly subject: string;
  readonly body: unknown;
}
export type Audit = <T>(asked: AuditedAct, act: () => Promise<T>) => Promise<T>;

/** What a handler gets: input that its schemas have let through, and who asks. */
export interface RouteContext<P, Q, B> {
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly principal: Principal;
  /** Where the request comes from, to count it against. */
  readonly address: string;
  /** Of a request that makes something, when its client may send it again. */
  readonly idempotencyKey?: string | undefined;
  /** Aborted once the client has its answer or has gone: nobody waits for what is still under way. */
  readonly signal: AbortSignal;
  readonly audit: Audit;
  readonly req: Request;
  readonly res: Response;
}

/** What every route states of itself; the OpenAPI document is made from this. */
export interface RouteFacts {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The whole path in Express notation: `/api/v1/runs/:id`. */
  readonly path: string;
  /** The least role that may call it; `none` needs no token. */
  readonly role: 'none' | Role;
  /** Agents may call it as well. */
  readonly agents?: true;
  /** Sessions of workflows may call it although it changes something. */
  readonly sessions?: true;
  /** It changes nothing, or leaves rows that say who did it: not written down a second time. */
  readonly unaudited?: true;
  /** A field of the body that may be a secret: it is not written down. */
  readonly secret?: string;
  readonly summary: string;
  readonly params?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** A JSON body, at most 1 MB. */
  readonly body?: z.ZodType;
  /** Bodies that the handler reads from `req` itself, by media type; for the document only. */
  readonly consumes?: Readonly<Record<string, z.ZodType>>;
  /** Default 200. */
  readonly status?: 200 | 201;
  readonly response?: z.ZodType;
  /** Further statuses that answer with `response`. */
  readonly alsoStatus?: readonly number[];
  /** Media types of an answer that the handler writes to `res` itself. */
  readonly produces?: readonly string[];
}

/** What the handlers of all routes share once their own types are behind them. */
export interface Route extends RouteFacts {
  /** Validates the input and runs the handler; resolves to the JSON to answer. */
  run(raw: RouteContext<unknown, unknown, unknown>): Promise<unknown>;
}

type Nothing = z.ZodObject<Record<never, never>>;

interface Inputs<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>
  extends RouteFacts {
  readonly params?: P;
  readonly query?: Q;
  readonly body?: B;
}
type ContextOf<P extends z.ZodType, Q extends z.ZodType, B extends z.ZodType> = RouteContext<
  z.output<P>,
  z.output<Q>,
  z.output<B>
>;

/** A route that answers with JSON of its `response` schema. */
export function jsonRoute<
  R extends z.ZodType,
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(
  route: Inputs<P, Q, B> & {
    readonly response: R;
    handler(ctx: ContextOf<P, Q, B>): Promise<z.output<R>>;
  },
): Route {
  const { handler, ...facts } = route;
  const run = async (raw: RouteContext<unknown, unknown, unknown>) => {
    const ctx = validated(route, raw);
    // A large body has been read and judged in this turn of the event loop.
    if (route.body) await setImmediate();
    const act = () => handler(ctx);
    return isAudited(route) ? await raw.audit(auditedAct(route, ctx), act) : await act();
  };
  return { ...facts, run };
}

/** Whether somebody changes something by it. */
export function isAudited({ method, role, unaudited }: RouteFacts): boolean {
  return method !== 'get' && role !== 'none' && role !== 'viewer' && !unaudited;
}

const VERBS: Partial<Record<RouteFacts['method'], string>> = { post: 'create', delete: 'delete' };

function auditedAct(
  { method, path, secret }: RouteFacts,
  { principal, params, body }: RouteContext<unknown, unknown, unknown>,
): AuditedAct {
  const words = path.slice(API_BASE.length + 1).split('/');
  const named = words.filter((word) => !word.startsWith(':'));
  const last = words.at(-1);
  // `POST /tokens` and `DELETE /tokens/:id` say by their method what `POST /changes/:id/accept` says itself.
  const isVerb = named.length > 1 && last === named.at(-1);
  const action = [...named, ...(isVerb ? [] : [VERBS[method] ?? method])].join(' ');
  const subject = Object.values(params as Record<string, string>).join(' ');
  const told = secret === undefined ? body : { ...(body as object), [secret]: '…' };
  return { principal, action, subject, body: told };
}

/** A route whose handler writes the answer to `res` itself and resolves when that is done. */
export function streamRoute<
  P extends z.ZodObject = Nothing,
  Q extends z.ZodObject = Nothing,
  B extends z.ZodType = z.ZodUndefined,
>(
  route: Inputs<P, Q, B> & {
    readonly produces: readonly string[];
    handler(ctx: ContextOf<P, Q, B>): Promise<void>;
  },
): Route {
  const { handler, ...facts } = route;
  return { ...facts, run: async (raw) => handler(validated(route, raw)) };
}

const NOTHING = z.strictObject({});

function validated<P extends z.ZodObject, Q extends z.ZodObject, B extends z.ZodType>(
  route: Inputs<P, Q, B>,
  raw: RouteContext<unknown, unknown, unknown>,
): ContextOf<P, Q, B> {
  const check = <T extends z.ZodType>(schema: T | undefined, input: unknown, what: string) =>
    parseOrThrow(schema ?? NOTHING, input, 'invalid_request', what) as z.output<T>;
  return {
    ...raw,
    params: check(route.params, raw.params, 'path'),
    query: check(route.query, raw.query, 'query'),
    body: route.body ? check(route.body, raw.body, 'body') : (undefined as z.output<B>),
  };
}
