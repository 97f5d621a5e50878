import { type Inventory, whyNot } from '@greenrack/board-inventory';
import {
  MAX_RUNS_PER_SUBMISSION,
  type Requirement,
  RUN_DEFAULTS,
  type SpecRun,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import { didYouMean } from './nearest-names.js';
import { type Refusal, refusal } from './refusal.js';

/** What is wrong with a spec whatever its images are: this is known before the first byte of an image is read. */
export function checkSpec(spec: SubmissionSpec, inventory: Inventory): Refusal[] {
  return [
    ...duplicateImages(spec),
    ...tooManyRuns(spec),
    ...spec.runs.flatMap((run, i) => twoJudges(run, `runs[${i}]`)),
    ...spec.runs.flatMap((run, i) => twoExpectations(run, `runs[${i}]`)),
    ...spec.runs.flatMap((run, i) => checkBoards(run, `runs[${i}]`, inventory)),
  ];
}

export function requirementOf(run: SpecRun): Requirement {
  const { target, fixtures = [], tags = [], board } = run;
  return { target, fixtures, tags, ...(board !== undefined && { board }) };
}

function duplicateImages(spec: SubmissionSpec): Refusal[] {
  const seen = new Set<string>();
  return spec.images.flatMap(({ name }, i) => {
    if (seen.has(name))
      return [
        refusal(
          'invalid_spec',
          `images[${i}].name`,
          `'${name}' is listed twice: names must differ`,
        ),
      ];
    seen.add(name);
    return [];
  });
}

function tooManyRuns(spec: SubmissionSpec): Refusal[] {
  const total = spec.runs.reduce((sum, run) => sum + (run.repeat ?? RUN_DEFAULTS.repeat), 0);
  if (total <= MAX_RUNS_PER_SUBMISSION) return [];
  const message = `${total} runs after \`repeat\`, at most ${MAX_RUNS_PER_SUBMISSION}: split the submission`;
  return [refusal('invalid_spec', 'runs', message)];
}

function twoJudges({ hostTest, compareLog }: SpecRun, path: string): Refusal[] {
  if (hostTest === undefined || compareLog === undefined) return [];
  const message = 'an image that is judged by its console has no host test: leave one out';
  return [refusal('invalid_spec', `${path}.compareLog`, message)];
}

function twoExpectations({ expect, expectCases }: SpecRun, path: string): Refusal[] {
  if (expect === undefined || expectCases === undefined) return [];
  const message = 'expect something of the run, or of its cases: leave one out';
  return [refusal('invalid_spec', `${path}.expectCases`, message)];
}

function checkBoards(run: SpecRun, path: string, inventory: Inventory): Refusal[] {
  if (!inventory.targets.has(run.target)) {
    const hint = didYouMean(run.target, inventory.targets);
    return [
      refusal('unknown_target', `${path}.target`, `no board has target ${run.target}; ${hint}`),
    ];
  }
  const requirement = requirementOf(run);
  const reasons = inventory.boards.map((board) => whyNot(board, requirement));
  if (reasons.includes('')) return [];
  return [refusal('no_board_possible', path, `no board can take it: ${whyNone(run, inventory)}`)];
}

/** Reasons of the boards that come nearest: the pinned one, or those of the target. */
function whyNone(run: SpecRun, inventory: Inventory): string {
  const requirement = requirementOf(run);
  const near = inventory.boards.filter((board) =>
    run.board === undefined ? board.target === run.target : board.serial === run.board,
  );
  if (near.length === 0) {
    const serials = inventory.boards.map((board) => board.serial);
    return `there is no board ${run.board}; ${didYouMean(run.board ?? '', serials)}`;
  }
  const reasons = near.slice(0, 3).map((board) => whyNot(board, requirement));
  return near.length > 3
    ? `${reasons.join('; ')}; and ${near.length - 3} more`
    : reasons.join('; ');
}
