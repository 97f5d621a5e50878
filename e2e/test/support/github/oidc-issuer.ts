import { generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { signJwt } from './app-credentials.js';

interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly jwk: object;
}

/** The issuer of the tokens that workflows get, with keys that rotate. */
export class OidcIssuer {
  url = '';
  /** How often the keys were asked for. */
  keyRequests = 0;
  /** Claims of the job that asks its runner for tokens. */
  job: Readonly<Record<string, unknown>> = {};
  readonly runnerToken = randomUUID();
  #keys: IssuerKey[] = [newKey()];
  readonly #server: Server;

  private constructor() {
    this.#server = createServer((req, res) => {
      res.setHeader('content-type', 'application/json');
      if (req.url === '/.well-known/jwks') {
        this.keyRequests += 1;
        res.end(JSON.stringify({ keys: this.#keys.map(({ jwk }) => jwk) }));
      } else if (req.headers.authorization === `bearer ${this.runnerToken}`) {
        const { searchParams } = new URL(req.url ?? '/', this.url);
        const value = this.token(this.job, searchParams.get('audience') ?? '');
        res.end(JSON.stringify({ value }));
      } else res.writeHead(404).end('{}');
    });
  }

  static async start(): Promise<OidcIssuer> {
    const issuer = new OidcIssuer();
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    issuer.url = `http://127.0.0.1:${(issuer.#server.address() as AddressInfo).port}`;
    return issuer;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** What a job with `id-token: write` finds in its environment. */
  get jobEnv(): Readonly<Record<string, string>> {
    return {
      ACTIONS_ID_TOKEN_REQUEST_URL: `${this.url}/token?api-version=2.0`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: this.runnerToken,
    };
  }

  /** New tokens are signed with a new key; the old one is good for those that are about. */
  rotate({ keepOld = true } = {}): void {
    this.#keys = keepOld ? [newKey(), ...this.#keys] : [newKey()];
  }

  /** A token of a workflow's job. */
  token(claims: Readonly<Record<string, unknown>>, audience: string): string {
    const nowS = Math.floor(Date.now() / 1000);
    const [key] = this.#keys;
    if (!key) throw new Error('the issuer has no key');
    const times = { iat: nowS, nbf: nowS - 5, exp: nowS + 300 };
    const all = { iss: this.url, aud: audience, jti: randomUUID(), ...times, ...claims };
    return signJwt(all, key.privateKey, key.kid);
  }
}

function newKey(): IssuerKey {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const kid = randomUUID();
  return {
    kid,
    privateKey,
    jwk: { ...publicKey.export({ format: 'jwk' }), kid, alg: 'RS256', use: 'sig' },
  };
}
