import type {
  AgentView,
  BoundOrigin,
  ImageFormat,
  Quota,
  Role,
  TenantUsage,
  TokenView,
} from '@greenrack/farm-protocol';
import type { Change, OnceRequest, Page, PageRequest } from './change-ports.js';

/** Facts about an image whose bytes the blob store has. */
export interface StoredImage {
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly format: ImageFormat;
  /** From the image's identity note. */
  readonly targetName?: string;
  readonly segments: readonly StoredSegment[];
}

/** A stretch of memory that an image fills. */
export interface StoredSegment {
  readonly address: number;
  readonly sizeBytes: number;
  /** Its first two words; missing where no vector table can be, and in images that came before these were kept. */
  readonly head?: readonly [number, number];
}

/** What the farm knows of images. */
export interface ImageStore {
  get(sha256: string): Promise<StoredImage | undefined>;
  /** Whether an attempt of the agent that has not ended runs this image. */
  isAssigned(sha256: string, agent: string): Promise<boolean>;
  /** Of these, which the farm does not have. */
  missing(sha256: readonly string[]): Promise<string[]>;
  /**
   * Records an image whose bytes are already in the blob store. Idempotent.
   * @param tenant - whom it is charged to if it is new; default: the farm itself
   * @throws FarmError `quota_exceeded`
   */
  put(image: StoredImage, nowMs: number, tenant?: string): Promise<void>;
  /** Since when its bytes are removed; undefined when they are not, or there never was such an image. */
  removedMs(sha256: string): Promise<number | undefined>;
}

/** What tenants have in the farm, and what they may have. */
export interface TenantStore {
  /** Of all that have something or a quota, by name. */
  usage(): Promise<TenantUsage[]>;
  /** What is left out stays as it is. */
  setQuota(tenant: string, quota: Partial<Quota>): Promise<TenantUsage>;
  /** Of a tenant that has had nothing yet; one that somebody has set since stays. */
  setFirstQuota(tenant: string, quota: Quota): Promise<void>;
  /**
   * Whether a tenant may bring so many bytes; `path` is what brings them.
   * @throws FarmError `quota_exceeded`
   */
  mayStore(tenant: string, what: { readonly bytes: number; readonly path: string }): Promise<void>;
}

/** An agent as it says hello to a controller. */
export interface ArrivingAgent {
  readonly name: string;
  readonly version: string;
  readonly host: string;
  readonly hostTests?: readonly string[] | undefined;
  readonly controllerId: string;
}

/** Agents, and which controller each is connected to. How they go is in `BoardStore`: with their boards. */
export interface AgentStore {
  /** `untilMs`: how long the agent counts as connected unless its controller says again that it is, see `stay`. */
  connected(
    agent: ArrivingAgent,
    at: { readonly nowMs: number; readonly untilMs: number },
  ): Promise<void>;
  /** Says that agents are still connected to a controller. Returns those of them that are not, by the database. */
  heartbeat(controllerId: string, names: readonly string[], untilMs: number): Promise<string[]>;
  list(): Promise<AgentView[]>;
  /** Host tests by agent, of those that have said which they have. */
  hostTests(): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  /**
   * The agent is not connected any more, and all its boards are offline. With `controllerId` nothing happens unless
   * it was connected to that controller: it may have gone over to another one meanwhile.
   */
  gone(
    agent: string,
    why: { cause: string; nowMs: number; controllerId?: string },
  ): Promise<Change>;
  /**
   * Agents of whom no controller has said in time that they are still connected: they and their boards are offline
   * from now on. Of several controllers, one succeeds for each agent.
   */
  lapsed(nowMs: number): Promise<{ agents: string[]; change: Change }>;
}

/** A token as it is kept: the secret only as SHA-256 (secrets carry 256 random bits, so no slow hash is needed). */
export interface StoredToken extends TokenView {
  readonly secretHash: string;
  /** Of a session of a workflow. */
  readonly bound?: BoundOrigin;
}

/** Tokens of people, programs and agents. */
export interface TokenStore {
  /** @throws FarmError `conflict` when an active token has the name, and when the request has come before */
  create(token: StoredToken, once?: OnceRequest): Promise<void>;
  /** Hashes of the tokens that are neither revoked nor expired. */
  activeHashes(nowMs: number): Promise<string[]>;
  findByHash(secretHash: string): Promise<StoredToken | undefined>;
  /**
   * Creates or replaces by name: for tokens that the configuration brings along.
   * @throws FarmError `conflict` when the secret was revoked or belongs to a token of another name
   */
  upsert(
    token: { name: string; role: Role; tenant: string; secretHash: string },
    nowMs: number,
  ): Promise<void>;
  /** By id. @param whose - the sessions of workflows are tokens too, and many. */
  list(whose: 'people' | 'workflows', page: PageRequest): Promise<Page<TokenView>>;
  /** Those that were revoked, and have not expired. */
  revoked(nowMs: number): Promise<string[]>;
  revoke(id: string, nowMs: number): Promise<TokenView | undefined>;
}
