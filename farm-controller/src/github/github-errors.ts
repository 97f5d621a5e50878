/** When GitHub says no more than that. */
const UNSAID_PAUSE_MS = 60_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** GitHub wants no further request before a certain time. */
export class GithubLimited extends Error {
  override readonly name = 'GithubLimited';

  constructor(
    readonly untilMs: number,
    options?: ErrorOptions,
  ) {
    super(`GitHub takes no request before ${new Date(untilMs).toISOString()}`, options);
  }
}

interface RequestFailure {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** What octokit says of an answer that was none of the good ones; undefined for other errors. */
export function failureOf(error: unknown): RequestFailure | undefined {
  if (!(error instanceof Error) || !('status' in error)) return undefined;
  const { status, response } = error as { status: unknown; response?: { headers?: unknown } };
  if (typeof status !== 'number') return undefined;
  return { status, headers: (response?.headers ?? {}) as RequestFailure['headers'] };
}

/** Until when GitHub wants no request; undefined when that is not what it said. */
export function limitOf(error: unknown, nowMs: number): number | undefined {
  const failure = failureOf(error);
  if (!failure || (failure.status !== 403 && failure.status !== 429)) return undefined;
  const { headers, status } = failure;
  const retryAfterS = Number(headers['retry-after']);
  if (retryAfterS > 0) return nowMs + Math.min(retryAfterS * 1000, LONGEST_PAUSE_MS);
  if (headers['x-ratelimit-remaining'] === '0') {
    const resetMs = Number(headers['x-ratelimit-reset']) * 1000;
    return Math.min(Math.max(resetMs || 0, nowMs + 1_000), nowMs + LONGEST_PAUSE_MS);
  }
  // A 403 without either is a permission that is missing, unless it says otherwise; a 429 is a limit all the same.
  const isLimit = status === 429 || /secondary rate limit/i.test(String((error as Error).message));
  return isLimit ? nowMs + UNSAID_PAUSE_MS : undefined;
}
