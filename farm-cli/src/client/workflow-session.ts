import { setTimeout as delay } from 'node:timers/promises';
import {
  type BoundOrigin,
  FarmError,
  isRetryable,
  MAX_OIDC_TOKEN_CHARS,
  type OidcSession,
  oidcSessionSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { errorText } from '../error-text.js';
import { FarmHttp, REQUEST_MS } from './farm-http.js';

type Env = Readonly<Record<string, string | undefined>>;
/** A session that ends within that time is exchanged for a new one. */
const SPARE_MS = 60_000;
const PAUSES_MS = [1_000, 4_000, 15_000];

const answerSchema = z.object({ value: z.string().min(1).max(MAX_OIDC_TOKEN_CHARS) });

/**
 * The session of the GitHub workflow that this runs in; undefined elsewhere, and where its job lacks `id-token: write`.
 * A token for a farm names that farm, so it is of no use to another that it is shown to.
 */
export function workflowSession(farmUrl: string, env: Env): WorkflowSession | undefined {
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: token } = env;
  if (!url || !token || !URL.canParse(url)) return undefined;
  return new WorkflowSession({
    url,
    token,
    audience: env.GREENRACK_OIDC_AUDIENCE || farmUrl,
    farmUrl,
  });
}

interface IdentitySource {
  /** Where the runner gives out tokens, and what it wants to see for them. */
  readonly url: string;
  readonly token: string;
  readonly audience: string;
  readonly farmUrl: string;
}

/** Exchanges tokens of the workflow for sessions of the farm, whenever one is about to end. */
export class WorkflowSession {
  readonly #source: IdentitySource;
  #current: Promise<OidcSession> | undefined;
  #freshUntilMs = 0;

  constructor(source: IdentitySource) {
    this.#source = source;
  }

  /** @throws FarmError when the runner gives no token, or the farm no session */
  async token(): Promise<string> {
    return (await this.#session()).secret;
  }

  /** The commit that the farm knows the workflow by. */
  async origin(): Promise<BoundOrigin> {
    return (await this.#session()).origin;
  }

  #session(): Promise<OidcSession> {
    if (this.#current && Date.now() < this.#freshUntilMs) return this.#current;
    this.#freshUntilMs = Number.POSITIVE_INFINITY;
    this.#current = this.#begin().catch((error: unknown) => {
      this.#current = undefined;
      throw error;
    });
    return this.#current;
  }

  /** Each try brings a token of its own: the farm takes none twice, also when its answer got lost. */
  async #begin(): Promise<OidcSession> {
    for (const pauseMs of PAUSES_MS) {
      try {
        return await this.#exchange();
      } catch (error) {
        if (!isRetryable(error)) throw error;
        await delay(pauseMs);
      }
    }
    return await this.#exchange();
  }

  async #exchange(): Promise<OidcSession> {
    const farm = new FarmHttp({ url: this.#source.farmUrl, token: undefined });
    const session = await farm.read(oidcSessionSchema, {
      ...{ method: 'POST', path: '/oidc/exchange' },
      json: { token: await this.#identity() },
    });
    const { createdMs, expiresMs } = session.token;
    // By the farm's own clock: this machine's may be off.
    this.#freshUntilMs = Date.now() + (expiresMs ?? createdMs) - createdMs - SPARE_MS;
    return session;
  }

  async #identity(): Promise<string> {
    const { url, token, audience } = this.#source;
    const full = new URL(url);
    full.searchParams.set('audience', audience);
    try {
      const headers = { authorization: `bearer ${token}`, accept: 'application/json' };
      const signal = AbortSignal.timeout(REQUEST_MS);
      const answer = await fetch(full, { headers, redirect: 'error', signal });
      if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
      return answerSchema.parse(await answer.json()).value;
    } catch (cause) {
      const message = `the runner gave no OIDC token (${errorText(cause).slice(0, 200)})`;
      throw new FarmError('unavailable', message, { cause });
    }
  }
}
