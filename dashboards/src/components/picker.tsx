import { type FilterFields, filterBy } from '@greenrack/farm-model';
import { type ReactNode, useMemo } from 'react';
import { submissionsEnd } from '../api/answer-source.js';
import type { FarmApi, Page } from '../api/farm-api.js';
import { formatCount } from '../model/format.js';
import { FilterField } from './filter-field.js';
import { ProblemPanel } from './problem-panel.js';
import { Skeleton } from './skeleton.js';
import { useLiveAnswer } from './use-live-answer.js';
import { useQueryText } from './use-query-text.js';

const PAGE = 500;
/** Read for the list; beyond them a target has to be named. */
const MOST = 5000;
const NEWS = { ...submissionsEnd, everyMs: 10_000 };

export type ReadPage<T> = (
  api: FarmApi,
  page: { readonly limit: number; readonly cursor?: string | undefined },
  signal: AbortSignal,
) => Promise<Page<T>>;

interface Props<T> {
  readonly title: string;
  /** What is listed, in the plural. */
  readonly noun: string;
  readonly fields: FilterFields<T>;
  readonly read: ReadPage<T>;
  /** What to say while there is none at all. */
  readonly empty: string;
  /** Under the title. */
  readonly tabs?: ReactNode;
  /** The items of the list. */
  readonly children: (shown: readonly T[]) => ReactNode;
}

async function readAll<T>(read: ReadPage<T>, api: FarmApi, signal: AbortSignal) {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const page = await read(api, { limit: PAGE, cursor }, signal);
    items.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && items.length < MOST);
  return { items, isWhole: cursor === undefined };
}

/** All that there is of a kind, to choose from; its filter stands in the address. */
export function Picker<T>({ title, noun, fields, read, empty, tabs, children }: Props<T>) {
  const [text, setText] = useQueryText('q');
  const answer = useLiveAnswer((api, signal) => readAll(read, api, signal), NEWS, [read]);
  const { matches, problems } = useMemo(() => filterBy(text, fields), [text, fields]);
  const shown = useMemo(() => (answer.data?.items ?? []).filter(matches), [answer.data, matches]);
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  return (
    <>
      <header className="page-head">
        <h1>{title}</h1>
        <FilterField
          label={`Filter ${noun}`}
          value={text}
          onChange={setText}
          fields={Object.keys(fields)}
          problems={problems}
        />
      </header>
      {tabs}
      {answer.status === 'loading' && <Skeleton />}
      {answer.data && shown.length === 0 && (
        <p className="panel empty quiet">{text === '' ? empty : `The filter finds no ${noun}.`}</p>
      )}
      {shown.length > 0 && <ul className="panel test-list">{children(shown)}</ul>}
      {answer.data && !answer.data.isWhole && (
        <p className="quiet">
          These are the first {formatCount(answer.data.items.length)} {noun}; there are more.
        </p>
      )}
    </>
  );
}
