import { useCallback, useSyncExternalStore } from 'react';

/** Below this width lists stack instead of standing in columns; the style sheets use the same number. */
export const NARROW = '(max-width: 760px)';

/** Whether a media query matches now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
