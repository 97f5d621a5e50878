import { streamKind } from '@greenrack/farm-model';
import type { RetentionPolicy, StreamData } from '@greenrack/farm-protocol';
import { keyOf } from './artifacts/blob-store.js';
import type { RetentionDeps } from './retention/retention.js';
import type { ArtifactStore, Store, StreamSpool } from './store/ports.js';
import { sealedKey } from './streams/sealed-stream.js';

interface KeptIn {
  readonly artifacts: Pick<ArtifactStore, 'stat' | 'delete'>;
  readonly spool: Pick<StreamSpool, 'files' | 'remove'>;
  readonly store: Pick<Store, 'streams'>;
}

/** How what the policy lets go is removed from where it is. */
export function keepingOver(
  policy: () => RetentionPolicy,
  { artifacts, spool, store }: KeptIn,
): Pick<RetentionDeps, 'policy' | 'removeStreams' | 'images'> {
  return {
    policy,
    removeStreams: async (attemptId, kinds) => {
      const goes = (name: string) => kinds.has(dataOf(name));
      for (const { name } of await spool.files(attemptId))
        if (goes(name)) await spool.remove({ attemptId, name });
      for (const { streams } of await store.streams.ended([attemptId]))
        for (const name of streams.keys())
          if (goes(name)) await artifacts.delete(sealedKey({ attemptId, name }));
    },
    images: {
      modifiedMs: async (sha256) => (await artifacts.stat(keyOf(sha256)))?.modifiedMs,
      delete: (sha256) => artifacts.delete(keyOf(sha256)),
    },
  };
}

function dataOf(stream: string): StreamData {
  if (stream === 'events') return 'events';
  return streamKind(stream) === 'console' ? 'consoles' : 'traces';
}
