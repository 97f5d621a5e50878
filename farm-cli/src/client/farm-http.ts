import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';
import { FarmError, parseOrThrow, problemSchema } from '@greenrack/farm-protocol';
import type { z } from 'zod';
import { errorCode, errorText } from '../error-text.js';
import type { Connection } from '../settings.js';

/** How long one request may take, in ms; an upload or a download of a log has its own, longer bound. */
export const REQUEST_MS = 30_000;
export const TRANSFER_MS = 1_800_000;
/** Between the tries of a request that makes something: a controller that restarts is back by then. */
const PAUSES_MS = [250, 1_000, 4_000, 8_000];

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below `/api/v1`, with its query. */
  readonly path: string;
  readonly json?: unknown;
  readonly body?: {
    readonly contentType: string;
    readonly encoding?: 'gzip';
    readonly chunks: AsyncIterable<Uint8Array>;
  };
  /** Default {@link REQUEST_MS}. */
  readonly timeoutMs?: number;
  /** Sent as `Idempotency-Key`. */
  readonly key?: string;
  /** Ends the request, and the reading of its body, before its time. */
  readonly signal?: AbortSignal;
}

/** Sends requests to one farm. Whatever goes wrong becomes a {@link FarmError} that says what and where. */
export class FarmHttp {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get url(): string {
    return this.#connection.url;
  }

  /** Undefined where there is none. @throws FarmError when the workflow gets no session */
  async token(): Promise<string | undefined> {
    const { token, session } = this.#connection;
    return session ? await session.token() : token;
  }

  /** The body of the answer, checked by `schema`. */
  async read<T extends z.ZodType>(schema: T, request: HttpRequest): Promise<z.infer<T>> {
    const response = await this.send(request);
    const what = `the answer to ${request.method} ${request.path}`;
    const body = await this.#guard(request, () => response.json());
    return parseOrThrow(schema, body, 'internal', what);
  }

  /** Like {@link read}, for a request that makes something: it may be sent again when no answer came, and makes that once. */
  async create<T extends z.ZodType>(schema: T, request: HttpRequest): Promise<z.infer<T>> {
    const once = { ...request, key: randomUUID() };
    for (const pauseMs of PAUSES_MS) {
      try {
        return await this.read(schema, once);
      } catch (error) {
        if (!(error instanceof FarmError && error.code === 'unavailable')) throw error;
        await delay(pauseMs);
      }
    }
    return await this.read(schema, once);
  }

  /** The body as text. */
  async text(request: HttpRequest): Promise<string> {
    const response = await this.send(request);
    return await this.#guard(request, () => response.text());
  }

  /** The body piece by piece. */
  async *bytes(request: HttpRequest): AsyncGenerator<Uint8Array> {
    const { body } = await this.send({ timeoutMs: TRANSFER_MS, ...request });
    const reader = body?.getReader();
    if (!reader) return;
    try {
      for (;;) {
        const piece = await this.#guard(request, () => reader.read());
        if (piece.done) return;
        yield piece.value;
      }
    } finally {
      reader.releaseLock();
      await body?.cancel();
    }
  }

  /** Sends and waits for the head of a good answer. @throws FarmError with the farm's code, or `unavailable`. */
  async send(request: HttpRequest): Promise<Response> {
    const timeout = AbortSignal.timeout(request.timeoutMs ?? REQUEST_MS);
    const headers = this.#headers(request, await this.token());
    const response = await this.#guard(request, () =>
      fetch(`${this.url}/api/v1${request.path}`, {
        method: request.method,
        headers,
        ...bodyOf(request),
        redirect: 'error',
        signal: AbortSignal.any([timeout, ...(request.signal ? [request.signal] : [])]),
      }),
    );
    if (response.ok) return response;
    throw await this.#problem(request, response);
  }

  #headers(request: HttpRequest, token: string | undefined): Record<string, string> {
    const type = request.json === undefined ? request.body?.contentType : 'application/json';
    return {
      accept: 'application/json, application/problem+json, */*;q=0.5',
      ...(type === undefined ? {} : { 'content-type': type }),
      ...(request.body?.encoding && { 'content-encoding': request.body.encoding }),
      ...(request.key === undefined ? {} : { 'idempotency-key': request.key }),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    };
  }

  async #guard<T>(request: HttpRequest, act: () => Promise<T>): Promise<T> {
    try {
      return await act();
    } catch (error) {
      const why = reasonOf(error, request.timeoutMs ?? REQUEST_MS);
      const message = `no answer from ${this.url} (${request.method} ${request.path}): ${why}`;
      throw new FarmError('unavailable', message, { cause: error });
    }
  }

  async #problem(request: HttpRequest, response: Response): Promise<FarmError> {
    const text = await this.#guard(request, () => response.text());
    const problem = problemSchema.safeParse(parseJson(text));
    if (!problem.success) {
      const what = `${this.url} answered ${request.method} ${request.path} with HTTP ${response.status}`;
      return new FarmError('internal', `${what}, which is no answer of a Greenrack farm`);
    }
    const { code, detail, errors = [], requestId } = problem.data;
    return new FarmError(code, detail, { fields: errors, context: { requestId } });
  }
}

function bodyOf(request: HttpRequest): RequestInit {
  if (request.json !== undefined) return { body: JSON.stringify(request.json) };
  if (request.body === undefined) return {};
  return { body: ReadableStream.from(request.body.chunks), duplex: 'half' } as RequestInit;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function reasonOf(error: unknown, timeoutMs: number): string {
  if (isTimeout(error)) return `gave up after ${timeoutMs} ms`;
  if (!types.isNativeError(error)) return errorText(error);
  const code = errorCode(error.cause);
  if (code === 'ECONNREFUSED') return 'connection refused; is the farm running, is the URL right?';
  return errorText(error.cause ?? error) || code || error.message;
}

/** `AbortSignal.timeout` ends with a DOMException, which is no ordinary error. */
const isTimeout = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && 'name' in error && error.name === 'TimeoutError';

/** Ids come from people: each part is escaped, so that none can name another route. */
export function get(...parts: readonly string[]): HttpRequest & { method: 'GET' } {
  return { method: 'GET', path: `/${parts.map(encodeURIComponent).join('/')}` };
}
