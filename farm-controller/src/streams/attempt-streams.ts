import type { AttemptEvent } from '@greenrack/farm-protocol';
import type {
  ArtifactStore,
  AttemptStreams,
  Store,
  StreamBytes,
  StreamKey,
  StreamSpool,
} from '../store/ports.js';
import { sealedEvents } from './sealed-events.js';
import { SealedStream, sealedKey } from './sealed-stream.js';

export interface AttemptStreamsDeps {
  readonly store: Pick<Store, 'attempts' | 'streams'>;
  readonly spool: Pick<StreamSpool, 'read' | 'withBytes' | 'files'>;
  readonly artifacts: Pick<ArtifactStore, 'read' | 'stat'>;
}

/** Sealed streams that stay open, with the 8 MB that each may keep unpacked: whoever looks at one looks again. */
const KEPT_OPEN = 4;

/** Streams of attempts wherever they are: those that grow in the spool and the database, those that are sealed in the artifact store. */
export function attemptStreams({ store, spool, artifacts }: AttemptStreamsDeps): AttemptStreams {
  const sizeOf = async (key: StreamKey) =>
    (await store.streams.find(key))?.storedBytes ?? undefined;
  const sealed = async (key: StreamKey): Promise<SealedStream | undefined> => {
    const size = await sizeOf(key);
    return size === undefined ? undefined : SealedStream.open(artifacts, sealedKey(key), size);
  };

  async function* read(key: StreamKey, offset: number): AsyncGenerator<Uint8Array> {
    const before = await sealed(key);
    if (before) return yield* before.read(offset);
    let any = false;
    for await (const piece of spool.read(key, offset)) {
      any = true;
      yield piece;
    }
    if (!any) yield* (await late(key))?.read(offset) ?? [];
  }

  /** It may have left the spool just before it was opened there, or since the copy of the database that was restored. */
  async function late(key: StreamKey): Promise<SealedStream | undefined> {
    const stored = await artifacts.stat(sealedKey(key));
    return stored && (await SealedStream.open(artifacts, sealedKey(key), stored.bytes));
  }

  const kept = new Map<string, Promise<StreamBytes>>();
  /** The same object as long as it is kept. What is sealed never changes. */
  async function sealedBytes(key: StreamKey): Promise<StreamBytes | undefined> {
    const size = await sizeOf(key);
    if (size === undefined) return undefined;
    const name = sealedKey(key);
    const bytes = kept.get(name) ?? SealedStream.open(artifacts, name, size).then((s) => s.bytes());
    kept.delete(name);
    kept.set(name, bytes);
    for (const oldest of kept.keys()) if (kept.size > KEPT_OPEN) kept.delete(oldest);
    // What the store could not give now, it may give the next time.
    bytes.catch(() => kept.delete(name));
    return await bytes;
  }

  async function withBytes<T>(key: StreamKey, work: (bytes: StreamBytes) => Promise<T>) {
    const before = await sealedBytes(key);
    if (before) return await work(before);
    const spooled = await spool.withBytes(key, async (bytes) => ({ found: await work(bytes) }));
    if (spooled) return spooled.found;
    const after = await late(key);
    return after && (await work(await after.bytes()));
  }

  async function names(attemptId: string): Promise<string[]> {
    const spooled = await spool.files(attemptId);
    const rows = (await store.streams.ended([attemptId]))[0]?.streams.keys() ?? [];
    const all = new Set([...spooled.map(({ name }) => name), ...rows]);
    all.delete('events');
    return [...all].sort();
  }

  async function events(attemptId: string, afterSeq: number, limit: number) {
    const { events, lastSeq } = await store.attempts.events(attemptId, afterSeq, limit);
    if (events.length > 0 || lastSeq <= afterSeq) return { events, lastSeq };
    const stream = await sealed({ attemptId, name: 'events' });
    const stored: AttemptEvent[] = stream ? await sealedEvents(stream, afterSeq, limit) : [];
    return { events: stored, lastSeq };
  }

  return { read, events, names, withBytes };
}
