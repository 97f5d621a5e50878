import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunView, tokenIdSchema } from '@greenrack/farm-protocol';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { analyseRoutes } from './analyse/analyse-routes.js';
import { openBlobStore } from './artifacts/blob-store.js';
import { sweepBlobs } from './artifacts/blob-sweep.js';
import { openArtifacts } from './artifacts/open-artifacts.js';
import { Authenticator } from './auth/authenticator.js';
import { bootstrapTokens } from './auth/bootstrap-tokens.js';
import { tokenRoutes } from './auth/token-route.js';
import type { FarmConfig } from './config.js';
import { githubOver, githubRoutes } from './farm-github.js';
import { keepingOver } from './farm-keeping.js';
import { nightlyOver } from './farm-nightly.js';
import { notifyOver } from './farm-notify.js';
import { oidcOver } from './farm-oidc.js';
import { openRedis } from './farm-redis.js';
import { FarmStages } from './farm-stages.js';
import { openStore } from './farm-store.js';
import { policyTrialRoute } from './github/policy-trial.js';
import { quarantineRoutes } from './github/quarantine-route.js';
import { QuarantineRows } from './github/quarantine-rows.js';
import { createHttpServer, type HttpDeps, type HttpOptions } from './http-server.js';
import { InventoryFiles } from './inventory-files.js';
import type { PeerBus } from './peers/peer-bus.js';
import { imagesInUse } from './plan/images-in-use.js';
import { scheduleRoutes } from './plan/schedule-route.js';
import { FarmMetrics } from './query/farm-metrics.js';
import { nightlyRoutes } from './report/nightly-route.js';
import { retentionRoutes } from './retention/retention-route.js';
import { RetentionFile } from './retention-file.js';
import { StateLock } from './state-lock.js';
import { freeBytes, freeSpace } from './store/free-space.js';
import type {
  ArtifactStore,
  AttemptStreams,
  BlobStore,
  Store,
  StreamSpool,
} from './store/ports.js';
import { attemptStreams } from './streams/attempt-streams.js';
import { StreamSealer } from './streams/stream-sealer.js';
import { adoptConsoleLogs, openStreamSpool } from './streams/stream-spool.js';
import { uploadRoutes } from './submit/upload-route.js';
import { Uploads } from './submit/uploads.js';
import { CrashSymbols } from './symbols/crash-symbols.js';
import { systemClock } from './timing/clock.js';
import { UndoStack } from './undo-stack.js';
import type { Logger } from './web/logger.js';

/** A farm that runs. */
export interface RunningFarm {
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Reads the files of the operator now: inventory, and what is kept. They are also read when they change. */
  reload(): void;
  /** Ends everything in order; rejects when something could not be ended. Safe to call again. */
  stop(): Promise<void>;
}

interface Opened {
  readonly artifacts: ArtifactStore;
  readonly store: Store;
  readonly blobs: BlobStore;
  readonly spool: StreamSpool;
  readonly streams: AttemptStreams;
  readonly onEnded: StreamSealer['ended'];
}

/**
 * Starts a controller: state, queue, stages, then the HTTP server. What was opened is closed again when a later step
 * fails.
 * @throws FarmError `invalid_configuration`, `unavailable`
 */
export async function startFarm(config: FarmConfig, log: Logger): Promise<RunningFarm> {
  const undo = new UndoStack();
  try {
    return await openFarm(config, { log, undo });
  } catch (error) {
    await undo.run().catch((err: unknown) => log.error({ err }, 'not all was closed again'));
    throw error;
  }
}

async function openFarm(
  config: FarmConfig,
  { log, undo }: { log: Logger; undo: UndoStack },
): Promise<RunningFarm> {
  const files = new InventoryFiles({ dir: config.inventoryDir, clock: systemClock, log });
  undo.push('inventory files', () => files.close());
  const { inventory } = files;
  const kept = new RetentionFile({ path: config.retentionFile, clock: systemClock, log });
  undo.push('retention file', () => kept.close());
  const policy = () => kept.policy;
  const opened = { ...(await openState(config, undo, log)), inventory };
  const controllerId = `controller-${randomUUID()}`;
  const { redis, peers, peerConnections } = await openRedis(config, undo, {
    id: controllerId,
    log,
  });
  const authenticator = await openAuth(opened.store, config);
  const metrics = new FarmMetrics(opened.store, opened.inventory);
  const room = () => freeSpace(config.stateDir);
  const github =
    config.github &&
    (await githubOver(config.github, {
      ...{ store: opened.store, metrics, log },
      farm: () => ({ ...opened, ...stageDeps(stages), room, onError: logged(log) }),
    }));
  const notify = await notifyOver(config.notify, { store: opened.store, clock: systemClock });
  const artifactsFree = async () => (config.artifactsUrl ? undefined : freeBytes(config.stateDir));
  const uploads = new Uploads({ ...opened, freeBytes: artifactsFree, now: Date.now });
  const stages: FarmStages = new FarmStages({
    ...opened,
    ...{ uploads, controllerId, redis, peers, metrics, log, github: github?.duties },
    notify: notify.duties,
    leaseTtlMs: config.leaseTtlMs,
    suspectAfter: config.suspectAfter,
    keeping: keepingOver(policy, opened),
    clock: systemClock,
    authenticate: (socket, token) => http.gate.admit(socket, token),
  });
  const revoke = revocation(peers.orders, { tokens: opened.store.tokens, log }, (tokenId) => {
    authenticator.forget(tokenId);
    http.cutToken(tokenId);
  });
  const oidc = await oidcOver(config.oidc, {
    ...{ store: opened.store, onRevoked: revoke },
    ...(github && { mergedPull: github.mergedPull }),
  });
  const http = createHttpServer(
    {
      ...opened,
      ...stageDeps(stages),
      health: healthOf({ stages, peerConnections }, config.stateDir, log),
      reportDir: join(config.stateDir, 'reports'),
      room,
      explainCrash: explainer(opened.blobs),
      authenticator,
      extraRoutes: [
        ...tokenRoutes({ tokens: opened.store.tokens, onRevoked: revoke, now: Date.now }),
        ...oidc,
        ...scheduleRoutes(stages.parts.plan),
        ...uploadRoutes(uploads),
        ...analyseRoutes(opened.store.database, { ...opened, news: stages.parts.news }),
        ...nightlyRoutes(nightlyOver(opened.store)),
        ...githubRoutes(github),
        ...notify.routes,
        policyTrialRoute(opened),
        ...quarantineRoutes(new QuarantineRows(opened.store.database)),
        ...retentionRoutes({
          store: opened.store,
          policy,
          inUse: () => imagesInUse(opened.store.database.queries),
          freeBytes: () => freeBytes(config.stateDir),
        }),
      ],
      metrics,
      log,
    },
    httpOptions(config),
  );
  undo.push('http server', () => http.close(config.stopTimeoutMs / 2));
  http.throttle.trust(await opened.store.tokens.activeHashes(Date.now()));
  undo.push('stages', () => stages.close());
  const logAgain = (err: unknown) =>
    log.warn({ err }, 'what is kept now holds from the next hour on');
  await stages.start(http.io);
  files.follow({
    changed: (agents) => stages.on.inventoryChanged(agents),
    outcome: (inStep) => metrics.noteInventory(inStep),
  });
  kept.onChange(() => void stages.parts.retention.start().catch(logAgain));
  // Before the stages end that it would tell.
  undo.push('inventory', () => files.close());
  const port = await http.listen(config.httpPort, config.httpHost);
  const url = `http://${hostInUrl(config.httpHost)}:${port}`;
  log.info({ url, controllerId, boards: inventory.boards.length }, 'controller is ready');
  const reload = () => {
    files.reload();
    kept.reload();
  };
  return { url, reload, stop: () => undo.run() };
}

const logged = (log: Logger) => (err: unknown, what: string) => log.error({ err }, what);

function explainer(blobs: BlobStore): HttpDeps['explainCrash'] {
  const symbols = new CrashSymbols(blobs);
  return (crash, imageSha256) => symbols.explain(crash, imageSha256);
}

async function openState(config: FarmConfig, undo: UndoStack, log: Logger): Promise<Opened> {
  const { stateDir, databaseUrl } = config;
  // Controllers with both elsewhere may share the files: images and logs are written so that it does no harm.
  if (!isShared(config)) {
    const lock = await StateLock.take(stateDir);
    undo.push('state lock', () => lock.release());
  }
  const onIdleError = (err: Error) => log.warn({ err }, 'database connection');
  const onProgress = (progress: object) => log.info(progress, 'bringing the database up to date');
  const store = await openStore({ stateDir, databaseUrl, onIdleError, onProgress });
  undo.push('store', () => store.close());
  const artifacts = await openArtifacts(config.artifactsUrl, stateDir);
  const blobs = await openBlobStore(artifacts, join(stateDir, 'blobs', 'tmp'));
  // Under the lock and before the first upload: nothing can come to name a blob that is being removed.
  if (!isShared(config)) await sweepAtStart(artifacts, store, log);
  const spoolDir = join(stateDir, 'spool');
  await adoptConsoleLogs(join(stateDir, 'consoles'), spoolDir);
  const spool = await openStreamSpool(spoolDir);
  undo.push('streams', () => spool.close());
  const sealer = new StreamSealer({
    streams: store.streams,
    spool,
    artifacts,
    ...{ clock: systemClock, log },
  });
  undo.push('sealing of streams', () => sealer.close());
  void sealer.start();
  const onEnded: Opened['onEnded'] = (ids) => sealer.ended(ids);
  const streams = attemptStreams({ store, spool, artifacts });
  return { store, blobs, spool, artifacts, onEnded, streams };
}

/** Artifacts that cannot be swept are no reason not to start. */
async function sweepAtStart(
  artifacts: ArtifactStore,
  { images }: Store,
  log: Logger,
): Promise<void> {
  try {
    const blobs = await sweepBlobs(artifacts, images, Date.now());
    if (blobs > 0) log.info({ blobs }, 'blobs that no image names are removed');
  } catch (error) {
    log.warn({ err: error }, 'blobs of refused submissions are not removed');
  }
}

function isShared({ databaseUrl, redisUrl }: FarmConfig): boolean {
  return redisUrl !== undefined && databaseUrl !== undefined && !databaseUrl.startsWith('sqlite:');
}

async function openAuth(store: Store, config: FarmConfig): Promise<Authenticator> {
  if (config.bootstrapTokensFile !== undefined)
    await bootstrapTokens(config.bootstrapTokensFile, store.tokens, Date.now());
  return new Authenticator(store.tokens, { anonymousRole: config.anonymousRole });
}

/** What to call when a token was revoked here: ends the trust in it, here and in the other controllers. */
function revocation(
  peers: PeerBus,
  { tokens, log }: { tokens: Store['tokens']; log: Logger },
  endTrust: (tokenId: string) => void,
) {
  peers.on('token.revoked', z.object({ tokenId: tokenIdSchema }), (told) => endTrust(told.tokenId));
  const lookAgain = async () => {
    for (const id of await tokens.revoked(Date.now())) endTrust(id);
  };
  peers.onGap(() => {
    lookAgain().catch((err: unknown) =>
      log.error({ err }, 'revoked tokens may still have sockets'),
    );
  });
  return (tokenId: string) => {
    endTrust(tokenId);
    peers.send('token.revoked', { tokenId });
  };
}

/** What the web side hands to the stages. */
function stageDeps({ parts, on }: FarmStages) {
  return {
    news: parts.news,
    explainWaiting: (run: RunView) => parts.explainer.explain(run),
    onSubmitted: on.runsQueued,
    onCancelled: on.runsCancelled,
    onBoardChanged: on.viewsChanged,
  };
}

/** Without these a controller works, and knows of the others' news only what it looks up. */
function healthOfPeers(connections: readonly Redis[]) {
  const states = connections.map(({ status }) => status);
  const ok = states.every((status) => status === 'ready');
  return { ok, detail: `connections to the other controllers are ${states.join(', ')}` };
}

/** Strangers see only which part is ill: what it suffers from is for the log, once per change. */
function healthOf(
  { stages, peerConnections }: { stages: FarmStages; peerConnections: readonly Redis[] },
  stateDir: string,
  log: Logger,
) {
  const ill = new Set<string>();
  return async () => {
    const parts = {
      ...stages.health(),
      ...(peerConnections.length > 0 && { peers: healthOfPeers(peerConnections) }),
      storage: await freeSpace(stateDir),
    };
    for (const [part, { ok, detail }] of Object.entries(parts)) {
      if (ok) ill.delete(part);
      else if (!ill.has(part))
        log.warn({ part, detail }, 'asked for its health, the farm is not well');
      if (!ok) ill.add(part);
    }
    return parts;
  };
}

function httpOptions(config: FarmConfig): HttpOptions {
  const { dashboardDir, httpHost, hostNames, trustedProxies, maxConnections } = config;
  return {
    version: ownVersion(),
    hostNames,
    trustedProxies,
    ...(maxConnections === undefined ? {} : { maxConnections }),
    openMetrics: isLoopback(httpHost),
    ...(dashboardDir === undefined ? {} : { dashboardDir }),
  };
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function hostInUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

function ownVersion(): string {
  const file = new URL('../package.json', import.meta.url);
  return z.object({ version: z.string() }).parse(JSON.parse(readFileSync(file, 'utf8'))).version;
}
