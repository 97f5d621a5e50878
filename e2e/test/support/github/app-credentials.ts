import {
  createHash,
  createSign,
  createVerify,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto';

const base64Json = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString('base64url');

/** A signed token as the services of GitHub make them. */
export function signJwt(claims: object, key: KeyObject, kid?: string): string {
  const header = { alg: 'RS256', typ: 'JWT', ...(kid === undefined ? {} : { kid }) };
  const signed = `${base64Json(header)}.${base64Json(claims)}`;
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key, 'base64url')}`;
}

/** The longest that the service believes a token of an App, in seconds. */
const MAX_LIFE_S = 600;
const CLOCK_SLACK_S = 60;

/** The App's key, and the tokens of its installations in both forms. */
export class AppCredentials {
  readonly appId: number;
  readonly privateKeyPem: string;
  readonly #publicKey: KeyObject;
  readonly #signingKey: KeyObject;
  readonly #tokens = new Map<string, { installation: number; expiresMs: number }>();

  constructor(appId: number) {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.appId = appId;
    this.privateKeyPem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
    this.#signingKey = privateKey;
    this.#publicKey = publicKey;
  }

  /** Why a token of the App is refused; empty when it is good. */
  whyNotApp(jwt: string, nowMs: number): string {
    const [header = '', payload = '', signature = ''] = jwt.split('.');
    const verify = createVerify('RSA-SHA256').update(`${header}.${payload}`);
    if (!verify.verify(this.#publicKey, signature, 'base64url')) return 'signature is wrong';
    const { alg } = JSON.parse(Buffer.from(header, 'base64url').toString()) as { alg?: string };
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<
      string,
      number
    >;
    const { iat = 0, exp = 0, iss } = claims;
    const nowS = nowMs / 1000;
    if (alg !== 'RS256') return 'algorithm is not RS256';
    if (String(iss) !== String(this.appId)) return `issuer is not ${this.appId}`;
    if (iat > nowS + CLOCK_SLACK_S) return 'issued in the future';
    if (exp <= nowS) return 'expired';
    return exp > nowS + MAX_LIFE_S ? 'expires later than in 10 minutes' : '';
  }

  /** A token for an installation, good for an hour; the stateless form is much longer, and has dots and hyphens. */
  issue(installation: number, form: 'opaque' | 'stateless', nowMs: number) {
    const expiresMs = nowMs + 3_600_000;
    const claims = { installation, exp: expiresMs / 1000, nonce: randomBytes(24).toString('hex') };
    const token =
      form === 'opaque'
        ? `ghs_${createHash('sha256').update(randomBytes(32)).digest('hex').slice(0, 36)}`
        : `ghs_${this.appId}_${signJwt(claims, this.#signingKey)}`;
    this.#tokens.set(token, { installation, expiresMs });
    return { token, expires_at: new Date(expiresMs).toISOString() };
  }

  /** The installation whose token it is; undefined for an unknown or expired one. */
  installationOf(token: string, nowMs: number): number | undefined {
    const known = this.#tokens.get(token);
    return known && known.expiresMs > nowMs ? known.installation : undefined;
  }

  /** No token is good any more, as when somebody suspends the App for a moment. */
  revokeAll(): void {
    this.#tokens.clear();
  }
}
