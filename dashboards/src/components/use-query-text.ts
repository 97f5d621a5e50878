import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

/** A text that stands in the address, so that what one sees can be sent to somebody. */
export function useQueryText(name: string): [string, (text: string) => void] {
  const [params, setParams] = useSearchParams();
  const set = useCallback(
    (text: string) =>
      setParams(
        (old) => {
          const next = new URLSearchParams(old);
          if (text === '') next.delete(name);
          else next.set(name, text);
          return next;
        },
        { replace: true, preventScrollReset: true },
      ),
    [name, setParams],
  );
  return [params.get(name) ?? '', set];
}
