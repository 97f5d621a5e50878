import { createHash, randomBytes } from 'node:crypto';
import { type BoundOrigin, FarmError, newId, type OidcSession } from '@greenrack/farm-protocol';
import { chooseTrust, untrusted } from './choose-trust.js';
import { type MergedPull, originOf, pullRequestOf, type WorkflowClaims } from './claims.js';
import type { OidcRows } from './oidc-rows.js';
import type { Issuer, OidcSettings } from './oidc-settings.js';
import { SigningKeys } from './signing-keys.js';
import { usedUntilMs, verifyToken } from './verify-token.js';

export interface ExchangeDeps {
  readonly rows: Pick<OidcRows, 'trustsOf' | 'begin'>;
  /** The head and the base of a merge that GitHub made for a pull request; undefined when the farm is no App there. */
  readonly mergedPull?: (
    repositoryId: number,
    sha: string,
    pullRequest: number,
  ) => Promise<MergedPull | undefined>;
  /** A new secret, and what is kept of it. */
  readonly newSecret: () => { readonly secret: string; readonly hash: string };
  readonly now: () => number;
}

/** Exchanges tokens of workflows for sessions. */
export class Exchange {
  readonly #settings: OidcSettings;
  readonly #deps: ExchangeDeps;
  readonly #issuers: readonly { issuer: Issuer; keys: SigningKeys }[];

  constructor(settings: OidcSettings, deps: ExchangeDeps) {
    this.#settings = settings;
    this.#deps = deps;
    this.#issuers = settings.issuers.map((issuer) => ({
      issuer,
      keys: new SigningKeys(issuer.url, deps.now),
    }));
  }

  /** @throws FarmError `identity_refused`, `identity_untrusted`, `too_many_requests`, `unavailable` */
  async session(token: string): Promise<OidcSession> {
    const { audience } = this.#settings;
    if (audience === undefined) throw notOffered();
    const { rows, now } = this.#deps;
    const terms = { audience, issuers: this.#issuers, now };
    const { claims, issuer } = await verifyToken(token, terms);
    const trusts = await rows.trustsOf(claims.iss, claims.repository_owner_id);
    const trust = chooseTrust(trusts, claims);
    const origin = originOf(claims, issuer, await this.#merged(claims));
    return await this.#begin({ claims, trust, origin });
  }

  async #merged(claims: WorkflowClaims): Promise<MergedPull | undefined> {
    const pullRequest = pullRequestOf(claims);
    if (pullRequest === undefined) return undefined;
    const { repository_id, sha } = claims;
    const merged = await this.#deps.mergedPull?.(repository_id, sha, pullRequest);
    // Private repositories can be set to give forks tokens; the farm does not take the code of a fork for their own.
    if (merged?.fork) throw untrusted('ref', 'the pull request comes from another repository');
    return merged;
  }

  async #begin({ claims, trust, origin }: Granted): Promise<OidcSession> {
    const { rows, now, newSecret } = this.#deps;
    const nowMs = now();
    const { secret, hash } = newSecret();
    const { run_id, run_attempt, iss, jti, repository, repository_id } = claims;
    // Two jobs of one run, and one job that asks again, are told apart by chance.
    const name = `${repository} run ${run_id}.${run_attempt} ${randomBytes(4).toString('hex')}`;
    const token = {
      ...{
        id: newId('tok', nowMs),
        name: name.slice(-200),
        role: trust.role,
        tenant: trust.tenant,
      },
      ...{ createdMs: nowMs, expiresMs: nowMs + this.#settings.sessionMs, revokedMs: null },
    };
    const boundTo = createHash('sha256')
      .update(JSON.stringify([iss, repository_id]))
      .digest('hex');
    const used = { issuer: iss, jti, untilMs: usedUntilMs(claims) };
    const session = { token, secretHash: hash, trustId: trust.id, boundTo, origin, used };
    await rows.begin(session, nowMs);
    return { token, secret, origin };
  }
}

interface Granted {
  readonly claims: WorkflowClaims;
  readonly trust: ReturnType<typeof chooseTrust>;
  readonly origin: BoundOrigin;
}

function notOffered(): FarmError {
  const message =
    'this farm takes no tokens of workflows: neither GREENRACK_OIDC_AUDIENCE nor GREENRACK_PUBLIC_URL is set';
  return new FarmError('identity_untrusted', message);
}
