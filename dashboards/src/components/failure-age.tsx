import { failureAge } from '@greenrack/farm-model';
import type { RunView, TestResult } from '@greenrack/farm-protocol';
import { useEffect } from 'react';
import { Link } from 'react-router-dom';
import { testResults } from '../api/test-api.js';
import { plural } from '../model/format.js';
import { useAnswer } from './use-answer.js';
import { useSession } from './wiring-context.js';

/** Results looked back at. */
const LOOK_BACK = 100;

const buildName = ({ origin, submissionId }: TestResult) =>
  origin ? origin.sha.slice(0, 9) : submissionId.slice(-6);

/** Results up to the ones of this run's own submission: those of later builds say nothing of its age. */
function upTo(results: readonly TestResult[], submissionId: string): readonly TestResult[] {
  const at = results.findIndex((result) => result.submissionId === submissionId);
  return at < 0 ? results : results.slice(at);
}

interface Props {
  readonly run: RunView;
  /** Told when the build before was good. */
  readonly onNew: () => void;
}

/** Since when a run's image does not go well on its target: new, for some builds, or never passed. */
export function FailureAge({ run, onNew }: Props) {
  const { api } = useSession();
  const { target } = run.requirement;
  const { data } = useAnswer(
    (signal) => testResults(api, { target, image: run.imageName, case: '' }, LOOK_BACK, signal),
    [api, target, run.imageName, run.id],
  );
  const age = data && failureAge(upTo(data.items, run.submissionId), data.nextCursor !== null);
  const isNew = age?.lastGood !== undefined && age.builds === 1;
  useEffect(() => {
    if (isNew) onNew();
  }, [isNew, onNew]);
  if (!age) return null;
  if (age.lastGood && isNew)
    return (
      <span className="age age-new">
        new, last good <ResultLink result={age.lastGood} />
      </span>
    );
  if (!age.lastGood)
    return (
      <span className="age">
        {age.isWhole
          ? `never passed in ${plural(age.builds, 'build')}`
          : `for ${age.builds} builds or more`}
      </span>
    );
  return (
    <span className="age">
      for {plural(age.builds, 'build')}: first bad <ResultLink result={age.firstBad} />, last good{' '}
      <ResultLink result={age.lastGood} />
    </span>
  );
}

function ResultLink({ result }: { readonly result: TestResult }) {
  return (
    <Link to={`/runs/${result.runId}`} className="sha">
      {buildName(result)}
    </Link>
  );
}
