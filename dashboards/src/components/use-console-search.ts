import { useDeferredValue, useEffect, useState } from 'react';
import type { ConsoleSource } from '../api/console-source.js';
import { nextMatch } from '../model/console-search.js';

/** Steps through matches; `found` is the number of the line it stands on. */
export function useConsoleSearch(source: ConsoleSource) {
  const [term, setTerm] = useState('');
  const [found, setFound] = useState(0);
  const wanted = useDeferredValue(term);
  const { model } = source;
  useEffect(() => {
    if (model.search.needle === wanted.toLowerCase()) return;
    model.setTerm(wanted);
    setFound(0);
    source.touch();
  }, [model, source, wanted]);
  const step = (direction: 1 | -1): number => {
    // Enter may come before the deferred term does.
    const fresh = model.search.needle !== term.toLowerCase();
    model.setTerm(term);
    const { numbers } = model.search;
    const from = fresh ? 0 : found;
    const number = numbers[nextMatch(numbers, from, direction)] ?? 0;
    setFound(number);
    return number;
  };
  return { term, setTerm, found, step };
}
