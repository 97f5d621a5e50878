import { boardLabel } from '@greenrack/farm-model';
import type { BoardView, LiveTopic, SubmissionView } from '@greenrack/farm-protocol';
import type { Command } from 'commander';
import {
  type CliContext,
  noteLine,
  onSignals,
  printJson,
  printLine,
  printVerdicts,
} from '../cli-context.js';
import { followSubmission } from '../client/follow-submission.js';
import { watchLive } from '../client/live-connection.js';
import { EXIT, exitCodeOfVerdicts } from '../exit-code.js';
import { Interrupted } from '../interrupted.js';
import { outcomeText } from '../output/outcome-text.js';
import { progressOn } from '../output/progress.js';
import { safeText } from '../output/safe-text.js';
import { summarize } from '../output/verdict-table.js';
import { type CommandWorld, type FarmOptions, farmOf, withFarm } from './options.js';
import { ExplainedProgress } from './wait.js';

interface WatchOptions extends FarmOptions {
  readonly json?: boolean;
}

export function addWatch(program: Command, { context, end }: CommandWorld): void {
  withFarm(program.command('watch'))
    .summary('follow a submission to its end, or the whole farm until Ctrl-C')
    .argument('[submission]', 'id of the submission; without it: every board and submission')
    .option('--json', 'print the result of the submission as one JSON object')
    .action(async (submission: string | undefined, options: WatchOptions) => {
      const interrupted = new AbortController();
      const off = onSignals(context, (name) => interrupted.abort(new Interrupted(name)));
      try {
        const watch = { context, options, signal: interrupted.signal };
        if (submission === undefined) await watchFarm(watch);
        else end(await watchSubmission(watch, submission));
      } catch (error) {
        if (!(error instanceof Interrupted)) throw error;
        end(error.exitCode);
      } finally {
        off();
      }
    });
}

interface Watch {
  readonly context: CliContext;
  readonly options: WatchOptions;
  readonly signal: AbortSignal;
}

async function watchSubmission({ context, options, signal }: Watch, id: string): Promise<number> {
  const { client, connection } = farmOf(context, options);
  const listener = new ExplainedProgress(progressOn(context), client);
  noteLine(context, stateLine(await client.submission(id)));
  try {
    const { runs } = await followSubmission(client, connection, { id, listener, signal });
    listener.stop();
    const summaries = await summarize(client, runs);
    const exitCode = exitCodeOfVerdicts(runs.map((run) => run.verdict));
    if (options.json)
      printJson(context, {
        ok: exitCode === EXIT.pass,
        submissionId: id,
        exitCode,
        runs: summaries,
      });
    else printVerdicts(context, outcomeText(summaries, context.stdout.columns));
    return exitCode;
  } finally {
    listener.stop();
  }
}

async function watchFarm({ context, options, signal }: Watch): Promise<void> {
  const { client, connection } = farmOf(context, options);
  const topics: LiveTopic[] = [{ topic: 'farm' }];
  const say = (line: string) => printLine(context, safeText(line));
  await watchLive(connection, {
    topics,
    listen: (socket) => {
      socket.on('board', (board) => say(boardLine(board)));
      socket.on('submission', (submission) => say(submissionLine(submission)));
    },
    subscribed: async () => {
      for await (const board of client.boards()) say(boardLine(board));
      return false;
    },
    connectionChanged: (up) => noteLine(context, up ? 'watching' : 'the farm does not answer'),
    done: new Promise<void>(() => undefined),
    signal,
  });
}

/** Said at once: of a submission that waits nothing else comes for a while. */
const stateLine = (view: SubmissionView): string =>
  `submission ${view.id}  ${view.name}: ${view.runsFinished} of ${view.runsTotal} finished, ${view.runsRunning} running`;

function boardLine(board: BoardView): string {
  const now = board.current ? `: ${board.current.runName}` : '';
  return `board ${boardLabel(board)}  ${board.availability}, ${board.health}${now}`;
}

function submissionLine(view: SubmissionView): string {
  const counts = Object.entries(view.verdicts).map(([verdict, count]) => `${count} ${verdict}`);
  return `submission ${view.id}  ${view.name}  ${view.runsFinished}/${view.runsTotal}  ${counts.join(', ')}`;
}
