import {
  type GithubCheckup,
  githubCheckupSchema,
  type PolicyTrial,
  type PolicyTrialRequest,
  policyTrialSchema,
  type QuarantineRequest,
  type QuarantineView,
  quarantineViewSchema,
} from '@greenrack/farm-protocol';
import { z } from 'zod';
import { type FarmHttp, get } from './farm-http.js';

/** What the farm does with GitHub. */
export class GithubClient {
  readonly #http: FarmHttp;

  constructor(http: FarmHttp) {
    this.#http = http;
  }

  /** What a policy would have said of what was submitted before. */
  async tryPolicy(json: PolicyTrialRequest): Promise<PolicyTrial> {
    const path = '/policy/try';
    return await this.#http.read(policyTrialSchema, { method: 'POST', path, json });
  }

  async quarantined(): Promise<QuarantineView[]> {
    const listed = z.object({ items: z.array(quarantineViewSchema) });
    return (await this.#http.read(listed, { method: 'GET', path: '/quarantine' })).items;
  }

  async quarantine(json: QuarantineRequest): Promise<QuarantineView> {
    const request = { method: 'POST', path: '/quarantine', json } as const;
    return await this.#http.read(quarantineViewSchema, request);
  }

  async liftQuarantine(id: string): Promise<void> {
    await this.#http.text({ ...get('quarantine', id, 'lift'), method: 'POST' });
  }

  /** What the farm needs of GitHub, and whether it is so. */
  async githubCheckup(): Promise<GithubCheckup> {
    return await this.#http.read(githubCheckupSchema, get('github', 'checkup'));
  }
}
