import type { DependencyList } from 'react';
import { AnswerSource, type News } from '../api/answer-source.js';
import type { FarmApi } from '../api/farm-api.js';
import type { Answer } from './use-answer.js';
import { useSource, useStore } from './use-source.js';
import { useSession } from './wiring-context.js';

/**
 * What the controller answers, read again after news that concern it; what is known stands until then. Another `key` is
 * another answer.
 */
export function useLiveAnswer<T>(
  read: (api: FarmApi, signal: AbortSignal) => Promise<T>,
  news: News,
  key: DependencyList,
): Answer<T> & { readonly reload: () => void } {
  const session = useSession();
  const source = useSource(() => new AnswerSource(session, read, news), [session, ...key]);
  const { status, error, data } = useStore(source.store);
  const { reload } = source;
  if (data !== undefined) return { status: 'ready', data, reload };
  if (status === 'failed' && error) return { status, data: undefined, error, reload };
  return { status: 'loading', data: undefined, reload };
}
