import { failureAge } from '@greenrack/farm-model';
import type { TestResult } from '@greenrack/farm-protocol';
import { useMemo } from 'react';
import { Link } from 'react-router-dom';
import { formatDateTime, formatDuration, plural } from '../model/format.js';
import { testMatrix } from '../model/test-matrix.js';
import { boardPath } from './board-link.js';
import { Icon } from './icon.js';
import { Ago } from './times.js';
import { VerdictChip } from './verdict-chip.js';

const took = ({ durationUs }: TestResult) =>
  durationUs === null ? '' : formatDuration(durationUs / 1000);
const standing = ({ verdict }: TestResult) => verdict ?? 'infra';
const runPath = (result: TestResult) => `/runs/${result.runId}?attempt=${result.attemptNumber}`;

function Cell({ results, build }: { readonly results: readonly TestResult[]; build: string }) {
  const [latest] = results;
  if (!latest) return null;
  const passedLater = results.length > 1 && latest.verdict === 'pass';
  const sign = passedLater ? 'flaky' : standing(latest);
  const words = `${sign} at ${build}, ${plural(results.length, 'attempt')}`;
  return (
    <Link
      to={runPath(latest)}
      className={`history-cell tone-${sign}`}
      aria-label={words}
      title={`${words}\n${formatDateTime(latest.atMs)} ${took(latest)}`}
    >
      <Icon name={sign} />
    </Link>
  );
}

/** Boards × builds of one test: a broken build is a red column, a broken board a red row. */
export function TestMatrixView({ results }: { readonly results: readonly TestResult[] }) {
  const { builds, rows } = useMemo(() => testMatrix(results), [results]);
  return (
    <div className="panel matrix-scroll">
      <table className="matrix history-matrix">
        <thead>
          <tr>
            <th scope="col">Board</th>
            {builds.map((build) => (
              <th key={build.key} scope="col" title={formatDateTime(build.atMs)}>
                <Link to={`/submissions/${build.submissionId}`} className="sha">
                  {build.label}
                </Link>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.board}>
              <th scope="row" className="cut">
                <Link to={boardPath(row.board)}>{row.label}</Link>
              </th>
              {builds.map((build, at) => (
                <td key={build.key}>
                  <Cell results={row.cells[at] ?? []} build={build.label} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Since when it fails, or that it does not. */
export function TestStanding({ results, more }: { results: readonly TestResult[]; more: boolean }) {
  const age = failureAge(results, more);
  const [latest] = results;
  if (!latest) return null;
  if (!age)
    return (
      <p className="test-standing">
        <VerdictChip standing={standing(latest)} large /> passes, as far as its latest result tells.
      </p>
    );
  return (
    <p className="test-standing">
      <VerdictChip standing={standing(latest)} large />
      <span>
        has not passed for <b>{plural(age.builds, 'build')}</b>
        {age.lastGood ? (
          <>
            ; last good{' '}
            <Link to={runPath(age.lastGood)}>{age.lastGood.origin?.sha.slice(0, 9) ?? 'here'}</Link>{' '}
            <Ago atMs={age.lastGood.atMs} />
          </>
        ) : (
          age.isWhole && ', which is all that there are'
        )}
      </span>
    </p>
  );
}

/** Every result, the latest first. */
export function TestResults({ results }: { readonly results: readonly TestResult[] }) {
  return (
    <div className="panel compare-scroll">
      <table className="table compare">
        <thead>
          <tr>
            <th scope="col">Verdict</th>
            <th scope="col">Commit</th>
            <th scope="col">Board</th>
            <th scope="col" className="right">
              Time
            </th>
            <th scope="col" className="right">
              When
            </th>
          </tr>
        </thead>
        <tbody>
          {results.map((result) => (
            <tr key={result.attemptId}>
              <td>
                <Link to={runPath(result)}>
                  <VerdictChip standing={standing(result)} />
                </Link>
              </td>
              <td className="sha">{result.origin?.sha.slice(0, 9) ?? 'unknown'}</td>
              <td>
                <Link to={boardPath(result.boardSerial)}>
                  {result.boardName ?? result.boardSerial}
                </Link>
              </td>
              <td className="num right">{took(result)}</td>
              <td className="right quiet">
                <Ago atMs={result.atMs} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
