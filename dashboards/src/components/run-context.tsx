import type { RunDetail, RunView, TestResult } from '@greenrack/farm-protocol';
import { Link } from 'react-router-dom';
import { runsOnBoard } from '../api/board-api.js';
import type { FarmApi } from '../api/farm-api.js';
import { testResults } from '../api/test-api.js';
import { boardPath } from './board-link.js';
import { RunList } from './run-list.js';
import { Ago } from './times.js';
import { useAnswer } from './use-answer.js';
import { VerdictChip } from './verdict-chip.js';
import { useSession } from './wiring-context.js';

const LOOKED_AT = 100;
const LISTED = 6;

interface Context {
  /** Latest result of the same image on each other board. */
  readonly elsewhere: readonly TestResult[];
  /** What the board ran around that time. */
  readonly around: readonly RunView[];
}

/** Runs of the board closest in time, without this one. */
function closest(runs: readonly RunView[], run: RunDetail): RunView[] {
  const distance = ({ startedMs }: RunView) =>
    Math.abs((startedMs ?? 0) - (run.startedMs ?? run.createdMs));
  const others = runs.filter(({ id, state }) => id !== run.id && state === 'finished');
  const near = others.sort((a, b) => distance(a) - distance(b)).slice(0, LISTED);
  return near.sort((a, b) => (b.startedMs ?? 0) - (a.startedMs ?? 0));
}

function onOtherBoards(results: readonly TestResult[], run: RunDetail): TestResult[] {
  const boards = new Map<string, TestResult>();
  for (const result of results) {
    const same = result.imageSha256 === run.imageSha256 && result.boardSerial !== run.boardSerial;
    if (same && !boards.has(result.boardSerial)) boards.set(result.boardSerial, result);
  }
  return [...boards.values()].slice(0, LISTED);
}

async function readContext(api: FarmApi, run: RunDetail, signal: AbortSignal): Promise<Context> {
  const { boardSerial, imageName: image } = run;
  const question = { target: run.requirement.target, image, case: '' };
  const [results, runs] = await Promise.all([
    testResults(api, question, LOOKED_AT, signal),
    boardSerial === null ? [] : runsOnBoard(api, { serial: boardSerial, limit: LOOKED_AT }, signal),
  ]);
  return { elsewhere: onOtherBoards(results.items, run), around: closest([...runs], run) };
}

/** Whether it is the code or the bench: the same image on other boards, other images on this board. */
export function RunContext({ run }: { readonly run: RunDetail }) {
  const { api } = useSession();
  const { data, ...answer } = useAnswer(
    (signal) => readContext(api, run, signal),
    [api, run.id, run.state, run.boardSerial],
  );
  if (answer.status === 'failed') return <p className="bad">{answer.error.message}</p>;
  if (!data) return null;
  return (
    <section className="panel" aria-labelledby="context-title">
      <header className="panel-head">
        <h2 id="context-title">Code or bench?</h2>
      </header>
      <h3 className="context-head">The same image on other boards</h3>
      {data.elsewhere.length === 0 ? (
        <p className="quiet panel-note">It has run on no other board.</p>
      ) : (
        <ul className="context-list">
          {data.elsewhere.map((result) => (
            <li key={result.attemptId}>
              <Link to={`/runs/${result.runId}?attempt=${result.attemptNumber}`}>
                <VerdictChip standing={result.verdict ?? 'infra'} />
              </Link>
              <Link to={boardPath(result.boardSerial)} className="cut">
                {result.boardName ?? result.boardSerial}
              </Link>
              <span className="quiet">
                <Ago atMs={result.atMs} />
              </span>
            </li>
          ))}
        </ul>
      )}
      <h3 className="context-head">This board around that time</h3>
      {data.around.length === 0 ? (
        <p className="quiet panel-note">It has run nothing else.</p>
      ) : (
        <RunList runs={data.around} label="Other runs on this board" />
      )}
    </section>
  );
}
