import {
  type OidcTrustView,
  type oidcTrustRequestSchema,
  oidcTrustViewSchema,
  type Role,
  type TokenView,
  tokenCreatedSchema,
  tokenViewSchema,
  whoamiSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { type FarmHttp, get } from './farm-http.js';
import { readPages } from './read-pages.js';

/** Who may do what. */
export class AccessClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  async whoami(): Promise<z.infer<typeof whoamiSchema>> {
    return await this.#http.read(whoamiSchema, get('whoami'));
  }

  tokens(whose: 'people' | 'workflows'): AsyncGenerator<TokenView> {
    return readPages(this.#http, tokenViewSchema, `/tokens?whose=${whose}`);
  }

  async createToken(json: {
    name: string;
    role: Role;
    tenant?: string;
    expiresMs?: number;
  }): Promise<z.infer<typeof tokenCreatedSchema>> {
    return await this.#http.create(tokenCreatedSchema, { method: 'POST', path: '/tokens', json });
  }

  async revokeToken(id: string): Promise<void> {
    await this.#http.text({ ...get('tokens', id), method: 'DELETE' });
  }

  async addTrust(json: z.input<typeof oidcTrustRequestSchema>): Promise<OidcTrustView> {
    const request = { method: 'POST', path: '/oidc/trusts', json } as const;
    return await this.#http.create(oidcTrustViewSchema, request);
  }

  async trusts(): Promise<OidcTrustView[]> {
    const schema = z.object({ items: z.array(oidcTrustViewSchema) });
    return (await this.#http.read(schema, get('oidc', 'trusts'))).items;
  }

  async removeTrust(id: string): Promise<{ endedSessions: number }> {
    const schema = z.object({ endedSessions: z.number().int() });
    return await this.#http.read(schema, { ...get('oidc', 'trusts', id), method: 'DELETE' });
  }
}
