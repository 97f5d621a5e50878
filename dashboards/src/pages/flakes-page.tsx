import { filterBy } from '@greenrack/farm-model';
import type { BoardView, FlakeReport } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import type { FarmApi } from '../api/farm-api.js';
import { flakesOf, listQuarantine } from '../api/flake-api.js';
import { FilterField } from '../components/filter-field.js';
import { FlakeRow } from '../components/flake-row.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { QuarantineList } from '../components/quarantine-list.js';
import { Segmented } from '../components/segmented.js';
import { Skeleton } from '../components/skeleton.js';
import { useAnswer } from '../components/use-answer.js';
import { useLiveAnswer } from '../components/use-live-answer.js';
import { useQueryText } from '../components/use-query-text.js';
import { useTitle } from '../components/use-title.js';
import { useSession } from '../components/wiring-context.js';
import {
  FLAKE_FIELDS,
  type Gathering,
  gatherings,
  quarantineOf,
  tellingFlakes,
} from '../model/flake-list.js';
import { formatCount, formatDateTime, plural } from '../model/format.js';

const SPANS = [
  { value: '7', label: '7 days' },
  { value: '14', label: '14 days' },
  { value: '30', label: '30 days' },
] as const;
type Days = (typeof SPANS)[number]['value'];

/** Every attempt of the last days is looked at: that is not done for each run that ends. */
const NEWS = { board: ({ current }: BoardView) => current === null, everyMs: 30_000 };

interface GatheringsProps {
  readonly found: readonly Gathering[];
  readonly onPick: (text: string) => void;
}

function Gatherings({ found, onPick }: GatheringsProps) {
  if (found.length === 0) return null;
  return (
    <section className="panel" aria-labelledby="gather-title">
      <header className="panel-head">
        <h2 id="gather-title">Where they gather</h2>
        <span className="quiet">beyond what chance explains</span>
      </header>
      <ul className="gatherings">
        {found.map(({ by, value, flakes }) => (
          <li key={`${by} ${value}`}>
            <button
              type="button"
              className="link-button cut"
              onClick={() => onPick(`${by}:"${value}"`)}
            >
              {by === 'hour' ? value : `${by} ${value}`}
            </button>
            <span className="num quiet">{plural(flakes, 'flake')}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Looked({ report }: { readonly report: FlakeReport }) {
  return (
    <p className="quiet flake-note">
      A flake has passed and failed with one and the same image. Of {formatCount(report.attempts)}{' '}
      attempts since {formatDateTime(report.sinceMs)}; what fails most, even by the most lenient
      reading of the numbers, stands first.
    </p>
  );
}

const read = (days: string) => async (api: FarmApi, signal: AbortSignal) =>
  await flakesOf(api, Number(days), signal);

/** Tests that do not say the same twice, where they do so, and who takes care of them. */
export function FlakesPage() {
  useTitle('Flakes');
  const { api } = useSession();
  const [text, setText] = useQueryText('q');
  const [asked, setDays] = useQueryText('days');
  const days: Days = SPANS.find(({ value }) => value === asked)?.value ?? '14';
  const answer = useLiveAnswer(read(days), NEWS, [days]);
  const quarantine = useAnswer((signal) => listQuarantine(api, signal), [api]);
  const { matches, problems } = useMemo(() => filterBy(text, FLAKE_FIELDS), [text]);
  const flakes = useMemo(
    () => tellingFlakes((answer.data?.items ?? []).filter(matches)),
    [answer.data, matches],
  );
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  const quarantined = quarantine.data ?? [];
  return (
    <>
      <header className="page-head">
        <h1>Flakes</h1>
        <Segmented label="How far back" options={SPANS} value={days} onChange={setDays} />
        <FilterField
          label="Filter flakes"
          value={text}
          onChange={setText}
          fields={Object.keys(FLAKE_FIELDS)}
          problems={problems}
        />
      </header>
      {answer.status === 'loading' && <Skeleton />}
      {answer.data && (
        <>
          <Looked report={answer.data} />
          <div className="queue-page">
            {flakes.length === 0 ? (
              <p className="panel empty quiet">
                {text === ''
                  ? 'Whatever ran in these days said the same each time with the same image.'
                  : 'No flake matches the filter.'}
              </p>
            ) : (
              <ol className="panel" aria-label="Flakes">
                {flakes.map((flake) => (
                  <FlakeRow
                    key={JSON.stringify([flake.target, flake.imageName, flake.caseName])}
                    flake={flake}
                    quarantine={quarantineOf(flake, quarantined)}
                    onDone={quarantine.reload}
                  />
                ))}
              </ol>
            )}
            <div className="board-side">
              <Gatherings found={gatherings(flakes)} onPick={setText} />
              {quarantine.status === 'failed' ? (
                <ProblemPanel error={quarantine.error} onRetry={quarantine.reload} />
              ) : (
                quarantine.data && (
                  <QuarantineList quarantined={quarantined} onDone={quarantine.reload} />
                )
              )}
            </div>
          </div>
        </>
      )}
    </>
  );
}
