import { useCallback, useState } from 'react';

/** Numbers of the lines that are shown whole, and how to add one. */
export function useExpanded(): [ReadonlySet<number>, (number: number) => void] {
  const [expanded, setExpanded] = useState<ReadonlySet<number>>(new Set());
  const expand = useCallback(
    (number: number) => setExpanded((old) => new Set(old).add(number)),
    [],
  );
  return [expanded, expand];
}
