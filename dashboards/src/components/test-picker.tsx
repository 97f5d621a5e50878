import type { TestView } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { listTests, testQuery } from '../api/test-api.js';
import { plural } from '../model/format.js';
import { Picker, type ReadPage } from './picker.js';

const FIELDS = {
  target: ({ target }: TestView) => [target],
  image: ({ imageName }: TestView) => [imageName],
  case: ({ caseName }: TestView) => (caseName === null ? [] : [caseName]),
};
/** Address of a test's history. */
export const testPath = (test: TestView) =>
  `/tests?${testQuery({ target: test.target, image: test.imageName, case: test.caseName ?? '' })}`;

const readTests: ReadPage<TestView> = (api, page, signal) => listTests(api, {}, page, signal);

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
  return (
    <Picker
      title="Tests"
      noun="tests"
      fields={FIELDS}
      read={readTests}
      empty="No test has run yet. Each stands here with the first result of images sent by greenrack submit."
    >
      {(shown) => grouped(shown).map((tests) => <ImageTests key={tests[0]?.id} tests={tests} />)}
    </Picker>
  );
}
