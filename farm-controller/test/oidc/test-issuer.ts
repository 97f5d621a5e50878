import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';

type Keys = Awaited<ReturnType<typeof generateKeyPair>>;

/** An issuer on 127.0.0.1 whose keys the test changes. */
export class TestIssuer {
  url = '';
  /** Questions for its keys. */
  asked = 0;
  /** What it answers; undefined: it fails. */
  answer: (() => { keys: JWK[] }) | undefined;
  #public: JWK[] = [];
  #first: JWK[] = [];
  readonly #server: Server = createServer((_req, res) => {
    this.asked += 1;
    if (this.answer) res.end(JSON.stringify(this.answer()));
    else res.writeHead(500).end();
  });

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    this.url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
    return this;
  }

  async stop(): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  /** A new key, which it publishes from now on in place of all others. */
  async publish(kid: string): Promise<Keys> {
    const keys = await generateKeyPair('RS256', { extractable: true });
    this.#public = [{ ...(await exportJWK(keys.publicKey)), kid, alg: 'RS256', use: 'sig' }];
    if (this.#first.length === 0) this.#first = this.#public;
    return keys;
  }

  /** As if nothing had been asked, with the first key that was published. */
  reset(): void {
    this.asked = 0;
    this.#public = this.#first;
    this.answer = () => ({ keys: this.#public });
  }

  publicKey(): JWK {
    return this.#public[0] ?? {};
  }
}

/** Claims of a workflow's token, as GitHub fills them in. */
export function claimsOf(nowMs: number, more: object = {}): Record<string, unknown> {
  const iat = Math.floor(nowMs / 1000);
  return {
    ...{ iat, nbf: iat - 5, exp: iat + 300, jti: crypto.randomUUID(), aud: 'https://farm.example' },
    ...{ sub: 'repo:acme/firmware:ref:refs/heads/main', repository: 'acme/firmware' },
    ...{ repository_id: '5', repository_owner_id: '1005', ref: 'refs/heads/main' },
    ...{ sha: 'a'.repeat(40), event_name: 'push', run_id: '77', run_attempt: '1' },
    ...more,
  };
}

export function signed(claims: Record<string, unknown>, kid: string, keys: Keys): Promise<string> {
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid })
    .sign(keys.privateKey);
}
