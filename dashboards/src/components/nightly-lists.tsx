import type {
  NightlyAge,
  NightlyFailure,
  NightlyFix,
  NightlyMissing,
  NightlyNotRun,
} from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { plural } from '../model/format.js';
import { VerdictChip } from './verdict-chip.js';

interface CaseOfNight {
  readonly run: string;
  readonly target: string;
  readonly case: string | null;
}

/** A case, or the run itself, and where it belongs. */
function What({ of: { run, target, case: name }, to }: { of: CaseOfNight; to: string }) {
  return (
    <span>
      <Link to={to}>
        <b>{name ?? run}</b>
      </Link>{' '}
      <span className="quiet">
        {name !== null && `${run} · `}
        {target}
      </span>
    </span>
  );
}

function Age({ age }: { readonly age: NightlyAge | null }) {
  if (!age) return null;
  const { firstBad, lastGood, builds, whole } = age;
  return (
    <span className="age">
      {plural(builds, 'build')}, since{' '}
      <Link to={`/submissions/${firstBad.submissionId}`}>
        {firstBad.sha?.slice(0, 9) ?? 'a build without a commit'}
      </Link>
      {lastGood ? (
        <>
          , last good{' '}
          <Link to={`/submissions/${lastGood.submissionId}`}>
            {lastGood.sha?.slice(0, 9) ?? 'before'}
          </Link>
        </>
      ) : (
        whole && ', has never passed'
      )}
    </span>
  );
}

/** What fails: how, on which boards, since when. */
export function Failure({ one }: { readonly one: NightlyFailure }) {
  return (
    <li>
      <VerdictChip standing={one.verdict} />
      <span>
        <What of={one} to={`/runs/${one.runId}`} />
        {one.message !== '' && <span className="night-message">{one.message}</span>}
        <span className="quiet">on {one.boards.join(', ')}</span> <Age age={one.age} />
      </span>
    </li>
  );
}

/** What failed the time before, and passes. */
export function Fix({ one }: { readonly one: NightlyFix }) {
  return (
    <li>
      <VerdictChip standing="pass" />
      <What of={one} to={`/runs/${one.runId}`} />
    </li>
  );
}

/** What was there the time before and is not any more. */
export function Missing({ one }: { readonly one: NightlyMissing }) {
  return (
    <li>
      <span className="chip tone-skipped">{one.how}</span>
      <span>
        <What of={one} to={`/submissions/${one.submissionId}`} />
        {one.case === null && <span className="quiet"> · {plural(one.cases, 'case')}</span>}
      </span>
    </li>
  );
}

/** A run about whose code nothing was learnt. */
export function NotRun({ one }: { readonly one: NightlyNotRun }) {
  return (
    <li>
      <VerdictChip standing={one.verdict ?? 'queued'} />
      <span>
        <What of={{ ...one, case: null }} to={`/runs/${one.runId}`} />
        <span className="night-message">{one.why}</span>
      </span>
    </li>
  );
}
