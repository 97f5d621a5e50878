import { join } from 'node:path';
import { type ChangeDetail, FarmError } from '@greenrack/farm-protocol';
import { type CliContext, noteLine } from '../cli-context.js';
import { FarmClient } from '../client/farm-client.js';
import { followSubmission, SILENT } from '../client/follow-submission.js';
import { EXIT } from '../exit-code.js';
import { repositoryDir } from '../process/repository.js';
import type { Connection } from '../settings.js';
import {
  ChangeTeller,
  COMMITS,
  changeText,
  confirmingPairs,
  isFound,
} from './regression-report.js';
import { HISTORY, historySha, SeededHistory } from './seeded-history.js';
import { settledChange } from './settled-change.js';

/** How long the farm may look for the commit, in ms; it takes a tenth of that on a calm machine. */
const LIMIT_MS = 90_000;
/** How old the history is, in ms. */
const HISTORY_MS = 3_600_000;

export interface RegressionShow {
  readonly context: CliContext;
  readonly connection: Connection;
  /** Existing folder for the images of the history. */
  readonly dir: string;
  readonly signal: AbortSignal;
}

/** What became of it. */
export interface RegressionOutcome {
  readonly exitCode: number;
  /** For people. */
  readonly text: string;
  /** For machines. */
  readonly summary: Readonly<Record<string, unknown>> & { readonly ok: boolean };
}

/** Has the farm find one instruction more in a history of commits, and tells what it does meanwhile. */
export async function showRegression(show: RegressionShow): Promise<RegressionOutcome> {
  const began = performance.now();
  const limit = AbortSignal.timeout(LIMIT_MS);
  const signal = AbortSignal.any([show.signal, limit]);
  let change: ChangeDetail | undefined;
  try {
    await hunt({ ...show, signal }, (view) => {
      change = view;
    });
  } catch (error) {
    if (show.signal.aborted || !limit.aborted) throw error;
  }
  return regressionOutcome(show.connection, change, Math.round(performance.now() - began));
}

async function hunt(
  { context, connection, dir, signal }: RegressionShow,
  known: (change: ChangeDetail) => void,
): Promise<void> {
  const client = new FarmClient(connection);
  const { image, target, repository } = HISTORY;
  const beganMs = Date.now() - HISTORY_MS;
  // A farm that was kept knows the changes of earlier demos.
  const ref = `refs/heads/demo-${beganMs}`;
  const board = await boardOf(client, target);
  const imageDir = join(repositoryDir(), 'build', 'firmware');
  const history = new SeededHistory(client, {
    dir: join(dir, 'history'),
    ...{ imageDir, board, ref, beganMs },
  });
  const say = (line: string) => noteLine(context, `  ${line}`);
  noteLine(context, `\nA history of ${image} on ${board}: which commit made it slower?`);
  const measure = async (n: number) => {
    const id = await history.submit(n);
    const { runs } = await followSubmission(client, connection, { id, listener: SILENT, signal });
    for (const { verdict, message } of runs)
      if (verdict !== 'pass') throw new FarmError('internal', `commit ${n}: ${verdict} ${message}`);
  };
  await measure(1);
  await measure(1);
  say('commit 1  measured twice');
  await Promise.all(Array.from({ length: COMMITS - 2 }, (_, i) => history.store(i + 2)));
  say(`commits 2 to ${COMMITS - 1}: images stored, not run`);
  await measure(COMMITS);
  say(`commit ${COMMITS}  measured`);
  const teller = new ChangeTeller(say);
  const told = (change: ChangeDetail) => {
    known(change);
    teller.tell(change);
  };
  await settledChange(client, connection, {
    filter: { image, repository, ref },
    ...{ board, told, signal },
  });
}

async function boardOf(client: FarmClient, target: string): Promise<string> {
  for await (const board of client.boards()) if (board.target === target) return board.serial;
  throw new FarmError('internal', `the farm has no board of target ${target}`);
}

/** What is said of a change when the farm has done with it or the time is up. @param change - none when none was seen */
export function regressionOutcome(
  connection: Connection,
  change: ChangeDetail | undefined,
  durationMs: number,
): RegressionOutcome {
  const expectedSha = historySha(HISTORY.slowFrom);
  if (!change)
    return {
      exitCode: EXIT.infrastructure,
      text: `not found: the farm saw no change within ${LIMIT_MS / 1000} s`,
      summary: { ok: false, durationMs, expectedSha },
    };
  const ok = isFound(change);
  const url = trendUrl(connection, change);
  const { id, state, work, worst, bad } = change;
  const wrong = work === 'done' ? EXIT.testFailure : EXIT.infrastructure;
  return {
    exitCode: ok ? EXIT.pass : wrong,
    text: `${changeText(change)}, ${(durationMs / 1000).toFixed(1)} s\nTrend: ${url}`,
    summary: {
      ...{ ok, durationMs, expectedSha, sha: bad.sha, changeId: id, state, work },
      ...{ metric: worst.metric, before: worst.before, after: worst.after },
      ...{ confirmingPairs: confirmingPairs(change), url },
    },
  };
}

function trendUrl({ url }: Connection, { target, imageName, worst }: ChangeDetail) {
  const { metric, caseName } = worst;
  return `${url}/trends?${new URLSearchParams({ target, image: imageName, case: caseName ?? '', metric })}`;
}
