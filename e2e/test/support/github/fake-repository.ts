import type { Json } from './description.js';

/** A check run as it is kept: what was written last, and all annotations. */
export interface FakeCheck {
  readonly id: number;
  readonly sha: string;
  /** Everything that was sent, later fields over earlier ones. */
  fields: Json;
  readonly annotations: Json[];
  /** Requests that made or changed it. */
  writes: number;
}

export interface FakePull {
  readonly number: number;
  headSha: string;
  headRef: string;
  baseRef: string;
  baseSha: string;
  /** The repository that it comes from, when that is another one. */
  readonly fork?: string;
  readonly author: string;
  state: 'open' | 'closed';
  updatedMs: number;
  labels: string[];
}

export interface FakeArtifact {
  readonly id: number;
  readonly runId: number;
  readonly name: string;
  readonly zip: Buffer;
  expired?: boolean;
  /** The commit that it says it was built of. */
  readonly headSha?: string;
}

/** A repository with what the App may see of it. */
export class FakeRepository {
  readonly checks: FakeCheck[] = [];
  readonly pulls = new Map<number, FakePull>();
  /** By commit: paths of its files. */
  readonly trees = new Map<string, readonly string[]>();
  /** By login: admin, write or read. */
  readonly permissions = new Map([['ada', 'write']]);
  /** By branch: its newest commit. */
  readonly branches = new Map<string, string>();
  /** By commit: when it was made. */
  readonly commitMs = new Map<string, number>();
  /** By commit: its parent. */
  readonly parents = new Map<string, string>();
  /** By merge that the service made for a pull request: base and head. */
  readonly merges = new Map<string, readonly [string, string]>();
  /** By `base...head`: paths that differ. */
  readonly changes = new Map<string, readonly string[]>();
  /** By commit or branch and path: the bytes. */
  readonly files = new Map<string, string>();
  readonly comments: { id: number; issue: number; body: string }[] = [];
  readonly artifacts: FakeArtifact[] = [];

  constructor(
    readonly id: number,
    readonly owner: string,
    readonly name: string,
    readonly installation: number,
  ) {}

  get fullName(): string {
    return `${this.owner}/${this.name}`;
  }

  /** The newest check of each name of a commit: what a person sees. */
  shown(sha: string): FakeCheck[] {
    const newest = new Map<string, FakeCheck>();
    for (const check of this.checks)
      if (check.sha === sha) newest.set(String(check.fields.name), check);
    return [...newest.values()];
  }

  check(sha: string, name: string): FakeCheck | undefined {
    return this.shown(sha).find(({ fields }) => fields.name === name);
  }

  /** As payloads and answers carry it. */
  get json(): Json {
    const owner = { login: this.owner, id: this.id + 1000, type: 'Organization' };
    const urls = { html_url: `https://github.test/${this.fullName}` };
    return {
      id: this.id,
      name: this.name,
      full_name: this.fullName,
      owner,
      ...urls,
      default_branch: 'main',
    };
  }
}
