import { FarmError } from '@greenrack/farm-protocol';
import { decodeJwt, decodeProtectedHeader, errors, jwtVerify } from 'jose';
import { claimsSchema, type WorkflowClaims } from './claims.js';
import type { Issuer } from './oidc-settings.js';
import type { SigningKeys } from './signing-keys.js';

/** How far the clocks of issuer and farm may be apart, in seconds. */
const CLOCK_SLACK_S = 30;
/** Longest life that a token may give itself; those of GitHub live for some minutes. It bounds how long used ones are kept. */
const MAX_LIFE_S = 3_600;
/** Until when a used token is remembered: as long as it could be taken for good. */
export const usedUntilMs = ({ exp }: WorkflowClaims): number => (exp + 2 * CLOCK_SLACK_S) * 1000;

export interface TokenTerms {
  readonly audience: string;
  readonly issuers: readonly { readonly issuer: Issuer; readonly keys: SigningKeys }[];
  readonly now: () => number;
}

/** What a token says, once it is known that an issuer of ours said it, to us, and lately. @throws FarmError */
export async function verifyToken(
  token: string,
  { audience, issuers, now }: TokenTerms,
): Promise<{ claims: WorkflowClaims; issuer: Issuer }> {
  const { alg, kid, iss } = unverified(token);
  // Before anything is done with it: a public key must never be taken for the secret of an HMAC.
  if (alg !== 'RS256') throw refused('alg', 'the header must say RS256');
  if (typeof kid !== 'string' || kid === '' || kid.length > 200)
    throw refused('kid', 'the header names no key');
  const known = issuers.find(({ issuer }) => issuer.url === iss);
  if (!known) throw refused('iss', 'not an issuer that this farm knows');
  const payload = await signed(token, {
    keys: known.keys,
    options: {
      ...{ issuer: known.issuer.url, audience, algorithms: ['RS256'] },
      ...{ clockTolerance: CLOCK_SLACK_S, currentDate: new Date(now()) },
    },
  });
  if (payload.aud !== audience) throw refused('aud', 'it is meant for others as well');
  return { claims: checkedClaims(payload, now()), issuer: known.issuer };
}

function unverified(token: string): { alg: unknown; kid: unknown; iss: unknown } {
  try {
    const { alg, kid } = decodeProtectedHeader(token);
    return { alg, kid, iss: decodeJwt(token).iss };
  } catch {
    throw refused('', 'it is no signed JWT');
  }
}

interface Proof {
  readonly keys: SigningKeys;
  readonly options: Parameters<typeof jwtVerify>[2];
}

async function signed(token: string, { keys, options }: Proof) {
  try {
    return (await jwtVerify(token, keys.find, options)).payload;
  } catch (error) {
    throw error instanceof errors.JOSEError ? refusedBy(error) : error;
  }
}

function refusedBy(error: errors.JOSEError): FarmError {
  if (error instanceof errors.JWTExpired || error instanceof errors.JWTClaimValidationFailed)
    return refused(error.claim, error.message);
  if (error instanceof errors.JWKSNoMatchingKey)
    return refused('kid', 'its issuer has no such key');
  if (error instanceof errors.JWSSignatureVerificationFailed)
    return refused('signature', 'its issuer has not signed it');
  return refused('', 'it is no signed JWT');
}

function checkedClaims(payload: object, nowMs: number): WorkflowClaims {
  const result = claimsSchema.safeParse(payload);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw refused(issue?.path.join('.') ?? '', issue?.message ?? 'a claim is wrong');
  }
  const { iat, exp } = result.data;
  if (iat > nowMs / 1000 + CLOCK_SLACK_S) throw refused('iat', 'it was issued in the future');
  if (exp - iat > MAX_LIFE_S) throw refused('exp', `it lives for more than ${MAX_LIFE_S} s`);
  return result.data;
}

/** What is wrong with a token, by its claim. Its own words are not repeated. */
export function refused(claim: string, message: string): FarmError {
  const path = claim === '' ? 'token' : `token.${claim}`;
  return new FarmError('identity_refused', `${path}: ${message}`, { fields: [{ path, message }] });
}
