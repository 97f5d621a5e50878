import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { RUN_SORT_KEYS, type RunListView, type RunSortKey } from '../model/run-list.js';
import { STANDINGS_BY_SEVERITY, type Standing } from '../model/verdict-words.js';

function readView(params: URLSearchParams): RunListView {
  const wanted = new Set(params.get('verdict')?.split(','));
  const sort = params.get('sort') ?? '';
  return {
    text: params.get('q') ?? '',
    standings: new Set(STANDINGS_BY_SEVERITY.filter((standing) => wanted.has(standing))),
    sort: RUN_SORT_KEYS.find((key) => key === sort.replace(/^-/, '')) ?? 'ordinal',
    descending: sort.startsWith('-'),
  };
}

/** What else the address says stays. */
function writeView(old: URLSearchParams, view: RunListView): URLSearchParams {
  const params = new URLSearchParams(old);
  for (const name of ['q', 'verdict', 'sort']) params.delete(name);
  if (view.text !== '') params.set('q', view.text);
  if (view.standings.size > 0) params.set('verdict', [...view.standings].join(','));
  if (view.sort !== 'ordinal' || view.descending)
    params.set('sort', (view.descending ? '-' : '') + view.sort);
  return params;
}

/** Filter and order of the runs. They stand in the address, so that a view can be sent to somebody. */
export function useRunFilter() {
  const [params, setParams] = useSearchParams();
  const view = useMemo(() => readView(params), [params]);
  const change = useCallback(
    (part: (view: RunListView) => Partial<RunListView>, tab?: string) =>
      setParams(
        (old) => {
          const before = readView(old);
          const params = writeView(old, { ...before, ...part(before) });
          if (tab !== undefined) params.set('tab', tab);
          return params;
        },
        { replace: true, preventScrollReset: true },
      ),
    [setParams],
  );
  const setText = (text: string) => change(() => ({ text }));
  const toggle = (standing: Standing) =>
    change(({ standings }) => {
      const next = new Set(standings);
      if (!next.delete(standing)) next.add(standing);
      return { standings: next };
    }, 'runs');
  const toggleSort = (key: RunSortKey) =>
    change(({ sort, descending }) => ({ sort: key, descending: sort === key && !descending }));
  return { view, setText, toggle, toggleSort };
}
