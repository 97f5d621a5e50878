import { Link, useSearchParams } from 'react-router-dom';
import { testResults } from '../api/test-api.js';
import { ProblemPanel } from '../components/problem-panel.js';
import { Skeleton } from '../components/skeleton.js';
import { TestMatrixView, TestResults, TestStanding } from '../components/test-history.js';
import { TestPicker } from '../components/test-picker.js';
import { useLiveAnswer } from '../components/use-live-answer.js';
import { useTitle } from '../components/use-title.js';
import { plural } from '../model/format.js';

/** Results looked at. */
const LIMIT = 300;

interface TestProps {
  readonly target: string;
  readonly image: string;
  readonly caseName: string;
}

function Test({ target, image, caseName }: TestProps) {
  const answer = useLiveAnswer(
    (api, signal) => testResults(api, { target, image, case: caseName }, LIMIT, signal),
    { board: (view) => view.target === target && view.current === null, everyMs: 3000 },
    [],
  );
  useTitle(caseName || image);
  const results = answer.data?.items ?? [];
  const more = answer.data ? answer.data.nextCursor !== null : false;
  return (
    <>
      <nav aria-label="Breadcrumb" className="crumbs">
        <Link to="/tests">Tests</Link>
        <span aria-hidden="true">/</span>
        <span>{target}</span>
        <span aria-hidden="true">/</span>
        {caseName === '' ? (
          <span>{image}</span>
        ) : (
          <Link to={`/tests?${new URLSearchParams({ target, image, case: '' })}`}>{image}</Link>
        )}
      </nav>
      <header className="page-head">
        <h1>{caseName || image}</h1>
        {answer.data && <span className="quiet num">{plural(results.length, 'result')}</span>}
      </header>
      {answer.status === 'failed' && <ProblemPanel error={answer.error} onRetry={answer.reload} />}
      {answer.status === 'loading' && <Skeleton />}
      {answer.data && results.length === 0 && (
        <p className="panel empty quiet">Nobody has seen this test finish yet.</p>
      )}
      {results.length > 0 && (
        <div className="test-page">
          <TestStanding results={results} more={more} />
          <TestMatrixView results={results} />
          <TestResults results={results.slice(0, 100)} />
        </div>
      )}
    </>
  );
}

/** What a test said over builds and boards; without one in the address, all that there are. */
export function TestsPage() {
  const [params] = useSearchParams();
  const [target, image] = [params.get('target'), params.get('image')];
  useTitle('Tests');
  if (target === null || image === null) return <TestPicker />;
  const caseName = params.get('case') ?? '';
  // Another test is another page: the results of the one before must not stand under its name.
  const key = JSON.stringify([target, image, caseName]);
  return <Test key={key} target={target} image={image} caseName={caseName} />;
}
