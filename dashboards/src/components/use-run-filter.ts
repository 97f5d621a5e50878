import { useCallback, useMemo } from 'react';
import { useSearchParams } from 'react-router-dom';
import { RUN_SORT_KEYS, type RunListView, type RunSortKey } from '../model/run-list.js';
import { STANDINGS_BY_SEVERITY, type Standing } from '../model/verdict-words.js';

function readView(params: URLSearchParams): RunListView {
  const wanted = new Set(params.get('verdict')?.split(','));
  const sort = params.get('sort') ?? '';
  return {
    text: params.get('text') ?? '',
    standings: new Set(STANDINGS_BY_SEVERITY.filter((standing) => wanted.has(standing))),
    sort: RUN_SORT_KEYS.find((key) => key === sort.replace(/^-/, '')) ?? 'ordinal',
    descending: sort.startsWith('-'),
  };
}

function writeView(view: RunListView): URLSearchParams {
  const params = new URLSearchParams();
  if (view.text !== '') params.set('text', view.text);
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
    (part: (view: RunListView) => Partial<RunListView>) =>
      setParams(
        (old) => {
          const before = readView(old);
          return writeView({ ...before, ...part(before) });
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
    });
  const toggleSort = (key: RunSortKey) =>
    change(({ sort, descending }) => ({ sort: key, descending: sort === key && !descending }));
  return { view, setText, toggle, toggleSort };
}
