import { newTokenSecret, secretHash } from './auth/token-secret.js';
import { Exchange, type ExchangeDeps } from './oidc/exchange.js';
import { knownIssuer, oidcRoutes } from './oidc/oidc-routes.js';
import { OidcRows } from './oidc/oidc-rows.js';
import { type OidcEnvironment, readOidcSettings } from './oidc/oidc-settings.js';
import type { Store } from './store/ports.js';
import { AuthThrottle } from './web/auth-throttle.js';
import type { Route } from './web/route.js';

interface OidcOverDeps {
  readonly store: Pick<Store, 'database'>;
  readonly onRevoked: (tokenId: string) => void;
  /** What GitHub says of a merge, where the farm is an App. */
  readonly mergedPull?: NonNullable<ExchangeDeps['mergedPull']>;
}

/** Sessions of workflows, joined with tokens and GitHub. @throws FarmError `invalid_configuration` */
export async function oidcOver(
  env: OidcEnvironment,
  { store, onRevoked, mergedPull }: OidcOverDeps,
): Promise<Route[]> {
  const settings = await readOidcSettings(env);
  const { issuers } = settings;
  const rows = new OidcRows(store.database);
  for (const trust of settings.trusts)
    await rows.put({ ...trust, issuer: knownIssuer(trust.issuer, issuers) }, Date.now());
  const newSecret = () => {
    const secret = newTokenSecret();
    return { secret, hash: secretHash(secret) };
  };
  const deps = { rows, newSecret, now: Date.now, ...(mergedPull && { mergedPull }) };
  const exchange = new Exchange(settings, deps);
  const throttle = new AuthThrottle((token) => exchange.session(token ?? ''));
  return oidcRoutes({
    ...{ rows, issuers, onRevoked, now: Date.now },
    exchange: (token, address) => throttle.authenticate(token, address),
  });
}
