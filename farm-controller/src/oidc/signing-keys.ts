import { FarmError } from '@greenrack/farm-protocol';
import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';

/** After that long the keys are asked for again: one that the issuer has taken back is not believed for ever. */
const FRESH_MS = 600_000;
/** Longest that keys are believed while the issuer does not answer. */
const STALE_MS = 3_600_000;
/** Between two questions, whoever asks for whatever key. */
const PAUSE_MS = 60_000;
const PAUSE_AFTER_FAILURE_MS = 5_000;
const ANSWER_MS = 5_000;
const MAX_BYTES = 262_144;

const keySetSchema = z.object({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().min(1).max(200) })).max(100),
});

interface Known {
  readonly kids: ReadonlySet<string>;
  readonly find: JWTVerifyGetKey;
  readonly atMs: number;
}

/** The public keys of an issuer by their ids. Tokens of strangers cannot make it ask more often than once a minute. */
export class SigningKeys {
  readonly #url: string;
  readonly #now: () => number;
  #known: Known | undefined;
  #notBeforeMs = 0;
  #asking: Promise<boolean> | undefined;

  constructor(issuer: string, now: () => number) {
    this.#url = `${issuer}/.well-known/jwks`;
    this.#now = now;
  }

  /**
   * Finds the key of a token for jose.
   * @throws FarmError `unavailable` while nobody can tell whether there is such a key; what jose throws when there is none
   */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    const kid = header.kid ?? '';
    const isSure = this.#has(kid, FRESH_MS) || (await this.#ask());
    if (!this.#known || !(isSure || this.#has(kid, STALE_MS))) throw this.#away();
    return await this.#known.find(header, token);
  };

  #has(kid: string, maxAgeMs: number): boolean {
    const known = this.#known;
    return known?.kids.has(kid) === true && this.#now() - known.atMs < maxAgeMs;
  }

  /** Resolves to whether the issuer has just said which keys it has. */
  #ask(): Promise<boolean> {
    if (!this.#asking && this.#now() < this.#notBeforeMs) return Promise.resolve(false);
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #fetch(): Promise<boolean> {
    const atMs = this.#now();
    this.#notBeforeMs = atMs + PAUSE_AFTER_FAILURE_MS;
    const set = await readKeys(this.#url);
    if (!set) return false;
    const kids = new Set(set.keys.map((key) => String(key.kid)));
    this.#known = { kids, find: createLocalJWKSet(set), atMs };
    this.#notBeforeMs = atMs + PAUSE_MS;
    return true;
  }

  #away(): FarmError {
    const retryAfterS = Math.max(1, Math.ceil((this.#notBeforeMs - this.#now()) / 1000));
    const message = `${this.#url} has not said whether it has the key of this token: try again in ${retryAfterS} s`;
    return new FarmError('unavailable', message, { context: { retryAfterS } });
  }
}

/** Undefined when the issuer does not answer, or with something else. */
async function readKeys(url: string): Promise<JSONWebKeySet | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    const answer = await fetch(url, { redirect: 'error', signal });
    if (!answer.ok || !answer.body) return undefined;
    let text = '';
    for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
      text += piece;
      if (text.length > MAX_BYTES) return undefined;
    }
    return keySetSchema.parse(JSON.parse(text));
  } catch {
    // Whoever asked is told that the keys are not known.
    return undefined;
  }
}
