import { boardLabelOf, caseOutcome, decidingAttempt } from '@greenrack/farm-model';
import type { RunDetail } from '@greenrack/farm-protocol';
import type { StepAnnotation } from './workflow-commands.js';
import { workspaceFile } from './workspace-file.js';

/** Boards that one annotation names. */
const MAX_BOARDS = 20;

interface Failed extends StepAnnotation {
  readonly boards: string[];
}

/** One for each case that failed, with its boards; one for a run that failed otherwise. */
export function failureAnnotations(
  runs: readonly RunDetail[],
  workspace: string,
): StepAnnotation[] {
  const found = new Map<string, Failed>();
  for (const run of runs) {
    const board = boardLabelOf({ boardSerial: run.boardSerial, boardName: run.boardName });
    for (const failure of failuresOf(run, workspace)) {
      const key = JSON.stringify([failure.title, failure.file, failure.line]);
      const known = found.get(key);
      if (known) known.boards.push(board);
      else found.set(key, { ...failure, boards: [board] });
    }
  }
  return [...found.values()].map(({ boards, ...failure }) => ({
    ...failure,
    message: `${failure.message}\non ${boardText(boards)}`,
  }));
}

function boardText(boards: readonly string[]): string {
  const more = boards.length - MAX_BOARDS;
  return boards.slice(0, MAX_BOARDS).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function failuresOf(run: RunDetail, workspace: string): StepAnnotation[] {
  const cases = decidingAttempt(run.attemptList)?.cases ?? [];
  const failed = cases.filter(({ verdict }) => caseOutcome(verdict, run.verdict) === 'failed');
  if (failed.length === 0) return [{ title: `${run.name}: ${run.verdict}`, message: run.message }];
  return failed.map(({ name, failures }) => {
    const failure = failures.find(({ file }) => file !== undefined) ?? failures[0];
    const { file, line, message = run.message } = failure ?? {};
    const place = file === undefined ? undefined : workspaceFile(workspace, file);
    return { title: `${run.name}: ${name}`, message, file: place, line };
  });
}
