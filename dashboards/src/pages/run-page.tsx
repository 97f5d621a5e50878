import { removedWords } from '@greenrack/farm-model';
import type { AttemptView, RunDetail } from '@greenrack/farm-protocol';
import { lazy, Suspense } from 'react';
import { Link, useParams, useSearchParams } from 'react-router-dom';
import { consolePath } from '../api/farm-api.js';
import { RunSource } from '../api/run-source.js';
import { AttemptTabs } from '../components/attempt-tabs.js';
import { CaseTable } from '../components/case-table.js';
import { CrashBlock } from '../components/crash-block.js';
import { DownloadLink } from '../components/download-link.js';
import { MetricTable } from '../components/metric-table.js';
import { PhaseTimeline } from '../components/phase-timeline.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { RerunRun } from '../components/rerun-buttons.js';
import { RunContext } from '../components/run-context.js';
import { RunFacts } from '../components/run-facts.js';
import { Skeleton } from '../components/skeleton.js';
import { TracePanel } from '../components/trace-panel.js';
import { useSource, useStore } from '../components/use-source.js';
import { useTitle } from '../components/use-title.js';
import { VerdictChip } from '../components/verdict-chip.js';
import { WaitingPanel } from '../components/waiting-panel.js';
import { useSession } from '../components/wiring-context.js';
import { type AttemptFold, EMPTY_FOLD, shownAttempt } from '../model/attempt-fold.js';
import { verdictWords } from '../model/run-words.js';
import { explainReason, standingOf } from '../model/verdict-words.js';

const ConsoleView = lazy(async () => {
  const { ConsoleView: view } = await import('../components/console-view.js');
  return { default: view };
});

const testOf = ({ requirement: { target }, imageName }: RunDetail) => ({
  target,
  image: imageName,
});

function RunHead({ run }: { readonly run: RunDetail }) {
  const gone = removedWords(run.removed);
  return (
    <>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to={`/submissions/${run.submissionId}`}>Submission</Link>
        <span aria-hidden="true">/</span>
        <span>Run {run.ordinal + 1}</span>
      </nav>
      <header className="page-head">
        <h1 className="cut">{run.name}</h1>
        <VerdictChip standing={standingOf(run)} large />
        <span className="page-actions">
          <RerunRun run={run} />
          <Link
            className="button"
            to={`/tests?${new URLSearchParams({ ...testOf(run), case: '' })}`}
          >
            History
          </Link>
        </span>
      </header>
      <div className={`verdict-words edge tone-${standingOf(run)}`}>
        <p>{verdictWords(run)}</p>
        {run.message !== '' && <p className="verdict-message">{run.message}</p>}
      </div>
      <RunFacts run={run} />
      {gone !== undefined && <p className="quiet">{gone}; verdict, cases and numbers are kept</p>}
    </>
  );
}

/** Why an attempt ended as it did, where the run itself has not said so already. */
function AttemptWords({ run, attempt }: { readonly run: RunDetail; attempt: AttemptView }) {
  if (run.attemptList.length === 1 || attempt.reason === null) return null;
  return (
    <p className="attempt-words">
      <b>{explainReason(attempt.reason)}</b> {attempt.message !== run.message && attempt.message}
    </p>
  );
}

interface AttemptProps {
  readonly run: RunDetail;
  readonly attempt: AttemptView;
  readonly fold: AttemptFold;
}

function Attempt({ run, attempt, fold }: AttemptProps) {
  const shown = shownAttempt(attempt, fold);
  const over = attempt.state === 'finished';
  const stem = `${run.name}-${attempt.number}`;
  return (
    <div
      className="attempt"
      id="attempt-panel"
      role="tabpanel"
      aria-labelledby={`attempt-tab-${attempt.number}`}
    >
      {run.removed?.traces === undefined && (
        <TracePanel attempt={{ runId: run.id, number: attempt.number }} over={over} />
      )}
      <div className="attempt-findings">
        <AttemptWords run={run} attempt={attempt} />
        {shown.crash && <CrashBlock crash={shown.crash} />}
        <CaseTable cases={shown.cases} current={fold.current} over={over} test={testOf(run)} />
        {shown.metrics.length > 0 && <MetricTable metrics={shown.metrics} />}
        <PhaseTimeline fold={fold} over={over || fold.ended} />
        {run.state === 'finished' && <RunContext run={run} />}
      </div>
      {run.removed?.consoles === undefined && (
        <Suspense fallback={<section className="console" aria-label="Console" />}>
          <ConsoleView
            key={attempt.id}
            attemptId={attempt.id}
            actions={
              <>
                <DownloadLink
                  path={consolePath(run.id, attempt.number, 'text')}
                  fileName={`${stem}.log`}
                >
                  Text
                </DownloadLink>
                <DownloadLink
                  path={consolePath(run.id, attempt.number, 'jsonl')}
                  fileName={`${stem}.jsonl`}
                >
                  JSON lines
                </DownloadLink>
                <DownloadLink
                  path={consolePath(run.id, attempt.number, 'grlog')}
                  fileName={`${stem}.grlog`}
                >
                  Replayable log
                </DownloadLink>
              </>
            }
          />
        </Suspense>
      )}
    </div>
  );
}

/** The attempt that the address names, or the latest. */
function useAttempt(run: RunDetail | null) {
  const [params, setParams] = useSearchParams();
  const wanted = Number(params.get('attempt'));
  const list = run?.attemptList ?? [];
  const attempt = list.find((one) => one.number === wanted) ?? list.at(-1);
  const select = (number: number) =>
    setParams({ attempt: String(number) }, { replace: true, preventScrollReset: true });
  return { attempt, select };
}

/** One run: its verdict and why, its attempts, cases and console. */
export function RunPage() {
  const { id = '' } = useParams();
  const session = useSession();
  const source = useSource(() => new RunSource(session, id), [session, id]);
  const { status, error, data } = useStore(source.store);
  const { run, folds } = data;
  const { attempt, select } = useAttempt(run);
  useTitle(run?.name ?? 'Run');

  if (status === 'failed' && error) return <ProblemPanel error={error} onRetry={source.reload} />;
  if (!run) return <Skeleton />;
  return (
    <>
      <RunHead run={run} />
      {run.state === 'queued' && <WaitingPanel run={run} />}
      {run.attemptList.length > 1 && attempt && (
        <AttemptTabs attempts={run.attemptList} selected={attempt.number} onSelect={select} />
      )}
      {attempt && (
        <Attempt run={run} attempt={attempt} fold={folds.get(attempt.id) ?? EMPTY_FOLD} />
      )}
    </>
  );
}
