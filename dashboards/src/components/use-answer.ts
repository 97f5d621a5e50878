import { type DependencyList, useCallback, useEffect, useState } from 'react';
import { onLiveAgain } from '../model/live-again.js';
import { useSession } from './wiring-context.js';

export type Answer<T> =
  | { readonly status: 'loading'; readonly data: undefined }
  | { readonly status: 'failed'; readonly data: undefined; readonly error: Error }
  | { readonly status: 'ready'; readonly data: T };

const LOADING = { status: 'loading', data: undefined } as const;

/**
 * What the controller answers, read again whenever `key` changes and when a lost connection is back; meanwhile the old
 * answer stands, so that nothing jumps. A page that changes while one looks at it has a source instead.
 */
export function useAnswer<T>(
  read: (signal: AbortSignal) => Promise<T>,
  key: DependencyList,
): Answer<T> & { readonly reload: () => void } {
  const [answer, setAnswer] = useState<Answer<T>>(LOADING);
  const [round, setRound] = useState(0);
  const { link } = useSession();
  const reload = useCallback(() => setRound((count) => count + 1), []);
  useEffect(() => onLiveAgain(link.state, reload), [link, reload]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `key` says what the answer depends on.
  useEffect(() => {
    const reading = new AbortController();
    read(reading.signal).then(
      (data) => setAnswer({ status: 'ready', data }),
      (error: Error) => {
        if (!reading.signal.aborted) setAnswer({ status: 'failed', data: undefined, error });
      },
    );
    return () => reading.abort();
  }, [...key, round]);
  return { ...answer, reload };
}
