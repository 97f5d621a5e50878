import { filterBy } from '@greenrack/farm-model';
import { useMemo } from 'react';
import { listChanges } from '../api/change-api.js';
import type { FarmApi } from '../api/farm-api.js';
import { byUrgency, CHANGE_FIELDS, isOpen } from '../model/change-list.js';
import { formatCount } from '../model/format.js';
import { ChangeRow } from './change-list.js';
import { FilterField } from './filter-field.js';
import { ProblemPanel } from './problem-panel.js';
import { Segmented } from './segmented.js';
import { Skeleton } from './skeleton.js';
import { TrendTabs } from './trend-tabs.js';
import { useLiveAnswer } from './use-live-answer.js';
import { useQueryText } from './use-query-text.js';

/** The latest that are read. */
const LIMIT = 500;
const SHOWN = [
  { value: 'open', label: 'To be looked at' },
  { value: 'all', label: 'All' },
] as const;

const ANY_CHANGE = { changes: () => true };
const read = (api: FarmApi, signal: AbortSignal) => listChanges(api, { limit: LIMIT }, signal);

/** Regressions and other changes in all series: first those that somebody has to look at. */
export function AllChanges() {
  const [text, setText] = useQueryText('q');
  const [show, setShow] = useQueryText('show');
  const answer = useLiveAnswer(read, ANY_CHANGE, []);
  const { matches, problems } = useMemo(() => filterBy(text, CHANGE_FIELDS), [text]);
  const all = show === 'all';
  const shown = useMemo(() => {
    const found = (answer.data?.items ?? []).filter((one) => (all || isOpen(one)) && matches(one));
    return found.sort(byUrgency);
  }, [answer.data, all, matches]);
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  return (
    <>
      <header className="page-head">
        <h1>Changes</h1>
        <Segmented
          label="Which changes"
          options={SHOWN}
          value={all ? 'all' : 'open'}
          onChange={(value) => setShow(value === 'all' ? value : '')}
        />
        <FilterField
          label="Filter changes"
          value={text}
          onChange={setText}
          fields={Object.keys(CHANGE_FIELDS)}
          problems={problems}
        />
      </header>
      <TrendTabs />
      {answer.status === 'loading' && <Skeleton />}
      {answer.data && shown.length === 0 && (
        <p className="panel empty quiet">
          {answer.data.items.length === 0
            ? 'No metric has changed. After each build the farm looks at its series by itself.'
            : 'There is nothing to be looked at. All changes that there were are under All.'}
        </p>
      )}
      {shown.length > 0 && (
        <ul className="panel" aria-label="Changes">
          {shown.map((change) => (
            <ChangeRow key={change.id} change={change} withImage />
          ))}
        </ul>
      )}
      {answer.data && answer.data.nextCursor !== null && (
        <p className="quiet">Looked at: the {formatCount(LIMIT)} latest changes.</p>
      )}
    </>
  );
}
