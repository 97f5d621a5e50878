import { filterBy, RUN_FIELDS } from '@greenrack/farm-model';
import type { RunView, SubmissionView } from '@greenrack/farm-protocol';
import { useDeferredValue, useMemo } from 'react';
import { Link, useParams } from 'react-router-dom';
import { reportPath } from '../api/farm-api.js';
import { SubmissionSource, type SubmissionState } from '../api/submission-source.js';
import { CancelButton } from '../components/cancel-button.js';
import { CompareView } from '../components/compare-view.js';
import { CopyCommand } from '../components/copy-command.js';
import { DownloadLink } from '../components/download-link.js';
import { FailureGroups } from '../components/failure-groups.js';
import { FilterField } from '../components/filter-field.js';
import { GanttChart } from '../components/gantt-chart.js';
import { OriginLine } from '../components/origin-line.js';
import { NightlyView } from '../components/nightly-view.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { RerunButtons } from '../components/rerun-buttons.js';
import { RunMatrixView } from '../components/run-matrix.js';
import { RunTable } from '../components/run-table.js';
import { Skeleton } from '../components/skeleton.js';
import { TabLinks } from '../components/tab-links.js';
import { Ago, Elapsed } from '../components/times.js';
import { useQueryText } from '../components/use-query-text.js';
import { useRunFilter } from '../components/use-run-filter.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { VerdictBar, VerdictLegend } from '../components/verdict-bar.js';
import { VerdictChip } from '../components/verdict-chip.js';
import { useSession } from '../components/wiring-context.js';
import { formatCount, formatDuration, plural } from '../model/format.js';
import { arrangeRuns } from '../model/run-list.js';
import { submissionStanding, submissionStandings } from '../model/submission-summary.js';

function Facts({ view }: { readonly view: SubmissionView }) {
  return (
    <p className="facts-line quiet">
      <span>
        by <b>{view.submitter}</b>
      </span>
      <span>tenant {view.tenant}</span>
      <span>{view.band} priority</span>
      {view.rerunOf !== undefined && (
        <span>
          <Link to={`/submissions/${view.rerunOf}`}>run again</Link>, first results stay there
        </span>
      )}
      <span>
        submitted <Ago atMs={view.createdMs} />
      </span>
      <span>
        {view.finishedMs === null ? (
          <>
            running for <Elapsed sinceMs={view.createdMs} />
          </>
        ) : (
          <>
            took <span className="num">{formatDuration(view.finishedMs - view.createdMs)}</span>
          </>
        )}
      </span>
    </p>
  );
}

function Cancel({ view }: { readonly view: SubmissionView }) {
  if (view.state === 'finished') return null;
  if (view.cancelled) return <span className="quiet">Cancelling…</span>;
  const what = plural(view.runsTotal - view.runsFinished, 'run');
  return <CancelButton id={view.id} tenant={view.tenant} what={what} />;
}

const TABS = [
  { key: 'results', label: 'Results' },
  { key: 'runs', label: 'Runs' },
  { key: 'timeline', label: 'Timeline' },
  { key: 'nightly', label: 'Since last time' },
  { key: 'compare', label: 'Compare' },
] as const;

function Results({ runs }: { readonly runs: SubmissionState['runs'] }) {
  return (
    <>
      <FailureGroups runs={runs} />
      <RunMatrixView runs={runs} />
    </>
  );
}

interface PartProps {
  readonly part: string;
  readonly view: SubmissionView;
  readonly runs: SubmissionState['runs'];
  readonly filter: ReturnType<typeof useRunFilter>;
}

function Part({ part, view, runs, filter }: PartProps) {
  if (part === 'runs') return <Runs runs={runs} filter={filter} />;
  if (part === 'timeline') return <GanttChart runs={runs} />;
  if (part === 'nightly') return <NightlyView view={view} />;
  if (part === 'compare') return <CompareView view={view} runs={runs} />;
  return <Results runs={runs} />;
}

function Downloads({ view }: { readonly view: SubmissionView }) {
  return (
    <span className="buttons">
      <DownloadLink path={reportPath(view.id, 'junit')} fileName={`${view.id}.junit.xml`}>
        JUnit
      </DownloadLink>
      <DownloadLink path={reportPath(view.id, 'ctrf')} fileName={`${view.id}.ctrf.json`}>
        CTRF
      </DownloadLink>
      <DownloadLink path={reportPath(view.id, 'tap')} fileName={`${view.id}.tap`}>
        TAP
      </DownloadLink>
    </span>
  );
}

interface RunsProps {
  readonly runs: ReadonlyMap<string, RunView>;
  readonly filter: ReturnType<typeof useRunFilter>;
}

function Runs({ runs, filter }: RunsProps) {
  const view = useDeferredValue(filter.view);
  const shown = useMemo(() => arrangeRuns(runs.values(), view), [runs, view]);
  const { problems } = useMemo(() => filterBy(view.text, RUN_FIELDS), [view.text]);
  const all = shown.length === runs.size;
  return (
    <section aria-labelledby="runs-title">
      <header className="page-head runs-title">
        <h2 id="runs-title">Runs</h2>
        <span className="quiet num">
          {all
            ? plural(runs.size, 'run')
            : `${formatCount(shown.length)} of ${plural(runs.size, 'run')}`}
        </span>
        <FilterField
          label="Filter runs"
          value={filter.view.text}
          onChange={filter.setText}
          fields={Object.keys(RUN_FIELDS)}
          problems={problems}
        />
      </header>
      {shown.length === 0 ? (
        <p className="panel empty quiet">No run matches the filter.</p>
      ) : (
        <RunTable
          runs={shown}
          sort={view.sort}
          descending={view.descending}
          onSort={filter.toggleSort}
        />
      )}
    </section>
  );
}

/** One submission: how it goes as a whole, and every run. */
export function SubmissionPage() {
  const { id = '' } = useParams();
  const session = useSession();
  const source = useSource(() => new SubmissionSource(session, id), [session, id]);
  const { status, error, data } = useStore(source.store);
  const filter = useRunFilter();
  const [part] = useQueryText('tab');
  const view = data.submission;
  useTitle(view?.name ?? 'Submission');

  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (status === 'loading' || !view) return <Skeleton />;
  const counts = submissionStandings(view);
  return (
    <>
      <header className="page-head">
        <h1 className="cut">{view.name}</h1>
        <VerdictChip standing={submissionStanding(view)} large />
        <span className="page-actions">
          <Cancel view={view} />
          <RerunButtons view={view} />
          <Downloads view={view} />
        </span>
      </header>
      <Facts view={view} />
      {view.origin && <OriginLine origin={view.origin} />}
      <div className="progress">
        <VerdictBar counts={counts} />
        <p className="progress-words num">
          <b>{formatCount(view.runsFinished)}</b> of {plural(view.runsTotal, 'run')} finished
        </p>
        <VerdictLegend counts={counts} selected={filter.view.standings} onToggle={filter.toggle} />
      </div>
      <TabLinks label="Parts of the submission" tabs={TABS} />
      <Part part={part} view={view} runs={data.runs} filter={filter} />
      <p className="as-command quiet">
        In a terminal: <CopyCommand command={`greenrack rerun ${view.id} --failed`} />
      </p>
    </>
  );
}
