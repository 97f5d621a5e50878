import { filterBy } from '@greenrack/farm-model';
import type { TestView } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { listTests, testQuery } from '../api/test-api.js';
import { plural } from '../model/format.js';
import { FilterField } from './filter-field.js';
import { ProblemPanel } from './problem-panel.js';
import { Skeleton } from './skeleton.js';
import { useAnswer } from './use-answer.js';
import { useQueryText } from './use-query-text.js';
import { useSession } from './wiring-context.js';

const FIELDS = {
  target: ({ target }: TestView) => [target],
  image: ({ imageName }: TestView) => [imageName],
  case: ({ caseName }: TestView) => (caseName === null ? [] : [caseName]),
};
const PAGE = 500;
/** Tests read for the list; beyond them a target has to be named. */
const MOST = 5000;

/** Address of a test's history. */
export const testPath = (test: TestView) =>
  `/tests?${testQuery({ target: test.target, image: test.imageName, case: test.caseName ?? '' })}`;

async function readTests(api: Parameters<typeof listTests>[0], signal: AbortSignal) {
  const tests: TestView[] = [];
  let cursor: string | undefined;
  do {
    const page = await listTests(api, {}, { limit: PAGE, cursor }, signal);
    tests.push(...page.items);
    cursor = page.nextCursor ?? undefined;
  } while (cursor !== undefined && tests.length < MOST);
  return { tests, isWhole: cursor === undefined };
}

/** Tests by target and image; the cases of one image stand behind it. */
function grouped(tests: readonly TestView[]): TestView[][] {
  const images = new Map<string, TestView[]>();
  for (const test of tests) {
    const key = JSON.stringify([test.target, test.imageName]);
    const image = images.get(key);
    if (image) image.push(test);
    else images.set(key, [test]);
  }
  return [...images.values()];
}

const natural = new Intl.Collator('en', { numeric: true });

function ImageTests({ tests }: { readonly tests: readonly TestView[] }) {
  const [first] = tests;
  if (!first) return null;
  const cases = tests
    .filter(({ caseName }) => caseName !== null)
    .sort((a, b) => natural.compare(a.caseName ?? '', b.caseName ?? ''));
  return (
    <li className="test-image">
      <p>
        <Link to={testPath({ ...first, caseName: null })}>
          <b>{first.imageName}</b>
        </Link>{' '}
        <span className="quiet">
          {first.target} · {plural(cases.length, 'case')}
        </span>
      </p>
      <ul className="test-cases">
        {cases.map((test) => (
          <li key={test.id}>
            <Link to={testPath(test)}>{test.caseName}</Link>
          </li>
        ))}
      </ul>
    </li>
  );
}

/** Every test that the farm has ever run. */
export function TestPicker() {
  const { api } = useSession();
  const [text, setText] = useQueryText('q');
  const answer = useAnswer((signal) => readTests(api, signal), [api]);
  const { matches, problems } = useMemo(() => filterBy(text, FIELDS), [text]);
  const shown = useMemo(
    () => grouped((answer.data?.tests ?? []).filter(matches)),
    [answer.data, matches],
  );
  if (answer.status === 'failed')
    return <ProblemPanel error={answer.error} onRetry={answer.reload} />;
  if (answer.status === 'loading') return <Skeleton />;
  return (
    <>
      <header className="page-head">
        <h1>Tests</h1>
        <FilterField
          label="Filter tests"
          value={text}
          onChange={setText}
          fields={Object.keys(FIELDS)}
          problems={problems}
        />
      </header>
      {shown.length === 0 ? (
        <p className="panel empty quiet">
          {text === ''
            ? 'No test has run yet. Each stands here with the first result of images sent by greenrack submit.'
            : 'No test matches the filter.'}
        </p>
      ) : (
        <ul className="panel test-list">
          {shown.map((tests) => (
            <ImageTests key={tests[0]?.id} tests={tests} />
          ))}
        </ul>
      )}
      {!answer.data.isWhole && (
        <p className="quiet">These are the first {MOST} tests; there are more.</p>
      )}
    </>
  );
}
