import type { RunView, SubmissionSpec } from '@greenrack/farm-protocol';
import type { BusySpan } from '../src/emulators/busy-span.js';
import type { TestFarm } from '../src/index.js';

const FINISH_MS = 300_000;

/**
 * Wall milliseconds of each run on a farm with one board: from the end of the run before it to its own end, so nothing is
 * left out. The first run has none before it and is not among them.
 * @throws Error when a run does not pass
 */
export async function periodsOf(
  farm: TestFarm,
  runs: SubmissionSpec['runs'],
  images: readonly string[],
): Promise<number[]> {
  return (await spansOf(farm, runs, images)).map(({ fromMs, toMs }) => toMs - fromMs);
}

/** The same as moments of the controller's clock. */
export async function spansOf(
  farm: TestFarm,
  runs: SubmissionSpec['runs'],
  images: readonly string[],
): Promise<BusySpan[]> {
  const { submission } = await farm.client.submit({ version: 1, name: 'bench', runs }, images);
  const { verdicts } = await farm.client.finished(submission.id, FINISH_MS);
  const views = await farm.client.runs(submission.id);
  if (verdicts.pass !== views.length)
    throw new Error(`not every run passed: ${JSON.stringify(verdicts)}`);
  return spans(views);
}

function spans(runs: readonly RunView[]): BusySpan[] {
  const ends = runs.map((run) => run.finishedMs ?? Number.NaN).sort((a, b) => a - b);
  return ends.slice(1).map((toMs, i) => ({ fromMs: ends[i] ?? Number.NaN, toMs }));
}
