import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultInventoryDir, type Inventory, loadInventory } from '@greenrack/board-inventory';
import { newId, type Role } from '@greenrack/farm-protocol';
import { openBlobStore } from '../../../src/artifacts/blob-store.js';
import { openFolderArtifacts } from '../../../src/artifacts/folder-artifacts.js';
import { Authenticator } from '../../../src/auth/authenticator.js';
import { tokenRoutes } from '../../../src/auth/token-route.js';
import { newTokenSecret, secretHash } from '../../../src/auth/token-secret.js';
import { schedulesOver } from '../../../src/farm-plan.js';
import { openStore } from '../../../src/farm-store.js';
import { createHttpServer, type HttpOptions, type HttpServer } from '../../../src/http-server.js';
import { imagesInUse } from '../../../src/plan/images-in-use.js';
import { scheduleRoutes } from '../../../src/plan/schedule-route.js';
import type { ComponentHealth } from '../../../src/query/deps.js';
import { FarmMetrics } from '../../../src/query/farm-metrics.js';
import { DEFAULT_POLICY } from '../../../src/retention/policy.js';
import { retentionRoutes } from '../../../src/retention/retention-route.js';
import { freeBytes, freeSpace } from '../../../src/store/free-space.js';
import type {
  BlobStore,
  CancelOutcome,
  Change,
  FarmNews,
  NewsFeed,
  QueuedRun,
  Store,
  StreamSpool,
} from '../../../src/store/ports.js';
import { attemptStreams } from '../../../src/streams/attempt-streams.js';
import { openStreamSpool } from '../../../src/streams/stream-spool.js';
import { uploadRoutes } from '../../../src/submit/upload-route.js';
import { Uploads } from '../../../src/submit/uploads.js';
import { CrashSymbols } from '../../../src/symbols/crash-symbols.js';
import { systemClock } from '../../../src/timing/clock.js';
import { createLogger } from '../../../src/web/logger.js';
import type { Route } from '../../../src/web/route.js';

/** What the server passed on to the stages behind it. */
export interface Heard {
  readonly submitted: QueuedRun[][];
  readonly cancelled: CancelOutcome[];
  readonly boards: Change[];
  readonly log: string[];
}

export interface TestFarm {
  readonly http: HttpServer;
  readonly base: string;
  readonly port: number;
  readonly dir: string;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly uploads: Uploads;
  readonly spool: StreamSpool;
  readonly news: NewsFeed;
  readonly inventory: Inventory;
  readonly metrics: FarmMetrics;
  readonly heard: Heard;
  /** Secrets by role, tenant `default`. */
  readonly secrets: Readonly<Record<Role, string>>;
  /** Resolves when a line of the log contains `text`; also one from before. */
  logged(text: string): Promise<void>;
  /** Knobs that a test may turn while the server runs. */
  readonly knobs: {
    health: Record<string, ComponentHealth>;
    onSubmitted: () => Promise<void>;
    /** Less than this is a full disk. */
    needBytes: number;
    /** For uploads. */
    freeBytes: () => Promise<number>;
    nowMs: () => number;
  };
  close(): Promise<void>;
}

const ROLE_NAMES: readonly Role[] = ['viewer', 'submitter', 'operator', 'admin', 'agent'];

/** The real server on a free port, with a real SQLite file and real files, and the boards of the default rack. */
export async function startFarm({
  anonymous = false,
  routes = async () => [],
  ...options
}: Partial<HttpOptions> & {
  anonymous?: boolean;
  /** Of a part that the others do without. */
  routes?: (store: Store, dir: string) => Promise<readonly Route[]>;
} = {}): Promise<TestFarm> {
  const dir = await mkdtemp(join(tmpdir(), 'greenrack-http-'));
  const store = await openStore({ stateDir: dir });
  const artifacts = await openFolderArtifacts(dir);
  const blobs = await openBlobStore(artifacts, join(dir, 'blobs', 'tmp'));
  const spool = await openStreamSpool(join(dir, 'spool'));
  const inventory = loadInventory(defaultInventoryDir());
  for (const [agent, boards] of inventory.racks) await store.boards.sync(agent, boards, Date.now());
  const secrets = await makeTokens(store);
  const heard: Heard = { submitted: [], cancelled: [], boards: [], log: [] };
  const knobs: TestFarm['knobs'] = {
    ...{ health: {}, onSubmitted: async () => undefined, needBytes: 1 },
    ...{ freeBytes: () => freeBytes(dir), nowMs: Date.now },
  };
  const lines = new EventTarget();
  const hearLine = (line: string) => {
    heard.log.push(line);
    lines.dispatchEvent(new Event('line'));
  };
  const logged = async (text: string) => {
    while (!heard.log.some((line) => line.includes(text))) await once(lines, 'line');
  };
  const news = new LocalNews();
  const anonymousRole = anonymous ? 'viewer' : 'none';
  const authenticator = new Authenticator(store.tokens, { anonymousRole });
  const metrics = new FarmMetrics(store, inventory);
  const onRevoked = (tokenId: string) => {
    authenticator.forget(tokenId);
    http.cutToken(tokenId);
  };
  const onSubmitted = (queued: readonly QueuedRun[]) => {
    heard.submitted.push([...queued]);
    return knobs.onSubmitted();
  };
  const onError = () => undefined;
  const clock = systemClock;
  const plan = schedulesOver({ store, blobs, inventory, news, onSubmitted, onError, clock });
  const uploads = new Uploads({
    ...{ store, artifacts, blobs, now: () => knobs.nowMs() },
    freeBytes: () => knobs.freeBytes(),
  });
  const symbols = new CrashSymbols(blobs);
  const http: HttpServer = createHttpServer(
    {
      store,
      blobs,
      streams: attemptStreams({ store, spool, artifacts }),
      inventory,
      news,
      metrics,
      reportDir: join(dir, 'reports'),
      explainCrash: (crash, sha256) => symbols.explain(crash, sha256),
      log: createLogger('debug', { write: (line) => hearLine(line) }),
      authenticator,
      extraRoutes: [
        ...tokenRoutes({ tokens: store.tokens, onRevoked, now: Date.now }),
        ...scheduleRoutes(plan),
        ...uploadRoutes(uploads),
        ...(await routes(store, dir)),
        ...retentionRoutes({
          ...{
            store,
            policy: () => DEFAULT_POLICY,
            inUse: () => imagesInUse(store.database.queries),
          },
          freeBytes: () => freeBytes(dir),
        }),
      ],
      onSubmitted,
      onCancelled: (outcome) => void heard.cancelled.push(outcome),
      onBoardChanged: (change) => void heard.boards.push(change),
      explainWaiting: async () => ({ reason: 'all boards are busy', position: 1, etaMs: null }),
      health: async () => knobs.health,
      room: () => freeSpace(dir, knobs.needBytes),
    },
    {
      version: '0.0.1',
      hostNames: [],
      openMetrics: false,
      ...options,
    },
  );
  const port = await http.listen(0, '127.0.0.1');
  const close = async () => {
    await http.close(500);
    await store.close();
    await rm(dir, { recursive: true });
  };
  const base = `http://127.0.0.1:${port}`;
  return {
    ...{ http, base, port, dir, store, blobs, spool, news },
    ...{ inventory, metrics, heard, secrets, knobs, uploads, logged, close },
  };
}

class LocalNews implements NewsFeed {
  readonly #listeners = new Set<(news: FarmNews) => void>();
  publish(news: FarmNews): void {
    for (const listener of this.#listeners) listener(news);
  }
  subscribe(listener: (news: FarmNews) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Adds a token of that role and tenant and returns its secret. */
export async function addToken(
  store: Store,
  { name, role, tenant = 'default' }: { name: string; role: Role; tenant?: string },
): Promise<string> {
  const secret = newTokenSecret();
  await store.tokens.create({
    ...{ id: newId('tok', Date.now()), name, role, tenant },
    ...{ createdMs: Date.now(), expiresMs: null, revokedMs: null, secretHash: secretHash(secret) },
  });
  return secret;
}

async function makeTokens(store: Store): Promise<Record<Role, string>> {
  const made = { viewer: '', submitter: '', operator: '', admin: '', agent: '' };
  for (const role of ROLE_NAMES) made[role] = await addToken(store, { name: `a-${role}`, role });
  return made;
}
