import { type DependencyList, useEffect, useMemo, useSyncExternalStore } from 'react';
import type { Store } from '../model/store.js';

interface Source<S> {
  readonly store: Store<S>;
  start(): void;
  stop(): void;
}

/** Makes a source for as long as `key` stays the same, and starts and stops it with the component. */
export function useSource<T extends Source<unknown>>(make: () => T, key: DependencyList): T {
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what the source depends on.
  const source = useMemo(make, key);
  useEffect(() => {
    source.start();
    return () => source.stop();
  }, [source]);
  return source;
}

/** The current state of a store; draws again when it changes. */
export function useStore<S>(store: Store<S>): S {
  return useSyncExternalStore(store.subscribe, store.get);
}
