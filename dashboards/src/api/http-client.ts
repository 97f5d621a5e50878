import { type Problem, parseOrThrow, problemSchema } from '@greenrack/farm-protocol';

/** Structural type of a zod schema of `T`: the protocol's schemas fit. */
type Schema = Parameters<typeof parseOrThrow>[0];
type Output<S extends Schema> = ReturnType<typeof parseOrThrow<S>>;

/** The controller answered with an error. */
export class ApiProblem extends Error {
  readonly status: number;
  readonly problem: Problem | undefined;

  constructor(status: number, problem: Problem | undefined) {
    super(problem?.detail ?? `The controller answered with status ${status}.`);
    this.name = 'ApiProblem';
    this.status = status;
    this.problem = problem;
  }
}

/** No answer came: the controller is gone, or the network is. */
export class NoAnswer extends Error {
  constructor(cause: unknown) {
    super('The controller does not answer.', { cause });
    this.name = 'NoAnswer';
  }
}

const BASE = '/api/v1';
/** Every request is given up after this long. */
const DEADLINE_MS = 30_000;

/** Speaks HTTP to the controller: bearer token, deadlines, problem bodies, validation of every answer. */
export class HttpClient {
  readonly #token: string | null;
  readonly #onUnauthorized: () => void;
  #clockSkewMs = 0;

  /** @param onUnauthorized called when the controller no longer takes the token. */
  constructor(token: string | null, onUnauthorized: () => void) {
    this.#token = token;
    this.#onUnauthorized = onUnauthorized;
  }

  /** How far the controller's clock is ahead of this one's, to the second. */
  get clockSkewMs(): number {
    return this.#clockSkewMs;
  }

  /** Whether downloads need more than a plain link. */
  get hasToken(): boolean {
    return this.#token !== null;
  }

  url(path: string): string {
    return BASE + path;
  }

  /**
   * Reads JSON and validates it.
   * @throws ApiProblem, NoAnswer, or FarmError when the answer is not of the schema.
   */
  async get<S extends Schema>(path: string, schema: S, signal?: AbortSignal): Promise<Output<S>> {
    const response = await this.#send(path, signal ? { signal } : {});
    const body: unknown = await response.json();
    return parseOrThrow(schema, body, 'internal', `GET ${path}`);
  }

  /** Posts JSON, or nothing; the answer's body is not read. */
  async post(path: string, body?: object): Promise<void> {
    await this.#send(path, posting(body));
  }

  /** Posts JSON, or nothing, and validates the answer. */
  async ask<S extends Schema>(path: string, schema: S, body?: object): Promise<Output<S>> {
    const response = await this.#send(path, posting(body));
    return parseOrThrow(schema, await response.json(), 'internal', `POST ${path}`);
  }

  /** Fetches a file as a blob; without a deadline, because logs may be large. */
  async download(path: string, signal: AbortSignal): Promise<Blob> {
    const response = await this.#send(path, { signal }, null);
    return response.blob();
  }

  async #send(
    path: string,
    init: RequestInit,
    deadlineMs: number | null = DEADLINE_MS,
  ): Promise<Response> {
    const signals = init.signal ? [init.signal] : [];
    if (deadlineMs !== null) signals.push(AbortSignal.timeout(deadlineMs));
    const response = await this.#fetch(path, { ...init, signal: AbortSignal.any(signals) });
    if (response.ok) return response;
    if (response.status === 401) this.#onUnauthorized();
    throw new ApiProblem(response.status, await readProblem(response));
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const headers = new Headers(init.headers);
    headers.set('accept', 'application/json, application/problem+json, */*');
    if (this.#token !== null) headers.set('authorization', `Bearer ${this.#token}`);
    try {
      const response = await fetch(this.url(path), { ...init, headers });
      this.#noteClock(response.headers.get('date'));
      return response;
    } catch (error) {
      if (init.signal?.aborted && !isTimeout(init.signal.reason)) throw error;
      throw new NoAnswer(error);
    }
  }

  #noteClock(date: string | null): void {
    const serverMs = date === null ? Number.NaN : Date.parse(date);
    if (Number.isNaN(serverMs)) return;
    const skewMs = serverMs - Date.now();
    // The header counts whole seconds: below two it says nothing.
    this.#clockSkewMs = Math.abs(skewMs) < 2000 ? 0 : skewMs;
  }
}

const posting = (body: object | undefined): RequestInit => ({
  method: 'POST',
  ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
});

const isTimeout = (reason: unknown) =>
  reason instanceof DOMException && reason.name === 'TimeoutError';

async function readProblem(response: Response): Promise<Problem | undefined> {
  if (!response.headers.get('content-type')?.includes('problem+json')) return undefined;
  const parsed = problemSchema.safeParse(await response.json());
  return parsed.success ? parsed.data : undefined;
}
