import type { CaseView, Failure } from '@greenrack/farm-protocol';
import { useState } from 'react';
import { Link } from 'react-router-dom';
import { type CaseGroup, caseGroups, nameInGroup } from '../model/case-tree.js';
import { formatDuration } from '../model/format.js';
import { casesWords, caseTimeWords, failurePlace } from '../model/run-words.js';
import { VerdictChip } from './verdict-chip.js';

function FailureLine({ failure }: { readonly failure: Failure }) {
  const place = failurePlace(failure);
  return (
    <p className="failure">
      {place !== '' && (
        <>
          <code className="place">{place}</code>{' '}
        </>
      )}
      {failure.message}
    </p>
  );
}

interface RowProps {
  readonly one: CaseView;
  /** The group that it stands in. */
  readonly group: string;
  readonly running: boolean;
  readonly test: Props['test'];
}

function Row({ one, group, running, test }: RowProps) {
  return (
    <tr>
      <td className="case-verdict">
        {one.verdict === null && !running ? (
          <span className="quiet">to come</span>
        ) : (
          <VerdictChip standing={one.verdict ?? 'running'} />
        )}
      </td>
      <td className={group === '' ? undefined : 'case-inner'}>
        <Link
          to={`/tests?${new URLSearchParams({ ...test, case: one.name })}`}
          className="case-name"
          title="What it said over builds and boards"
        >
          {nameInGroup(one, group)}
        </Link>
        {one.failures.map((failure, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: failures are appended, never moved.
          <FailureLine key={index} failure={failure} />
        ))}
      </td>
      <td className="num right">{caseTimeWords(one)}</td>
    </tr>
  );
}

interface Props {
  readonly cases: readonly CaseView[];
  /** Name of the case that runs now. */
  readonly current: string | null;
  /** No more cases come. */
  readonly over: boolean;
  /** Whose cases they are. */
  readonly test: { readonly target: string; readonly image: string };
}

interface GroupProps extends Pick<Props, 'current' | 'test'> {
  readonly group: CaseGroup;
}

/** Cases that begin alike, under what they have in common and the time that they took. */
function Group({ group: { name, cases, durationUs }, current, test }: GroupProps) {
  return (
    <tbody>
      {name !== '' && (
        <tr className="case-group">
          <td />
          <th scope="rowgroup">
            {name} <span className="quiet">{casesWords(cases)}</span>
          </th>
          <td className="num right">{durationUs !== null && formatDuration(durationUs / 1000)}</td>
        </tr>
      )}
      {cases.map((one) => (
        <Row key={one.ordinal} one={one} group={name} running={one.name === current} test={test} />
      ))}
    </tbody>
  );
}

const isGood = (one: CaseView) => one.verdict === 'pass';
/** Below this there is nothing to hide. */
const MANY = 15;

/** Every case with its verdict, time and failures. */
export function CaseTable({ cases, current, over, test }: Props) {
  const [hidePassed, setHidePassed] = useState(false);
  const shown = hidePassed ? cases.filter((one) => !isGood(one)) : cases;
  return (
    <section className="panel" aria-labelledby="cases-title">
      <header className="panel-head">
        <h2 id="cases-title">Cases</h2>
        <span className="quiet num">{cases.length > 0 && casesWords(cases)}</span>
        {cases.length > MANY && (
          <label className="check">
            <input
              type="checkbox"
              checked={hidePassed}
              onChange={(event) => setHidePassed(event.target.checked)}
            />
            Hide passed
          </label>
        )}
      </header>
      {cases.length === 0 ? (
        <p className="quiet panel-note">The firmware has named no cases{over ? '' : ' yet'}.</p>
      ) : (
        <table className="table cases">
          <thead>
            <tr>
              <th scope="col">Verdict</th>
              <th scope="col">Case</th>
              <th scope="col" className="right">
                Time
              </th>
            </tr>
          </thead>
          {caseGroups(shown).map((group) => (
            <Group key={group.name} group={group} current={current} test={test} />
          ))}
        </table>
      )}
    </section>
  );
}
