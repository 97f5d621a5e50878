import {
  type Inventory,
  meetsRequirement,
  placeOnBoards,
  whyNot,
} from '@greenrack/board-inventory';
import { MAIN_ROLE, partsOf } from '@greenrack/farm-model';
import {
  type BoardSpec,
  LAN_FIXTURE,
  MAX_RUNS_PER_SUBMISSION,
  type Requirement,
  type SpecRun,
  type SubmissionSpec,
} from '@greenrack/farm-protocol';
import { checkExpectedLines } from './check-expected-lines.js';
import { NameHints } from './name-hints.js';
import { type Findings, type Refusal, refusal } from './refusal.js';

/** What is wrong with a spec whatever its images are: this is known before the first byte of an image is read. */
export function* checkSpec(spec: SubmissionSpec, inventory: Inventory): Findings {
  yield* duplicateImages(spec);
  yield tooManyRuns(spec);
  for (const [i, run] of spec.runs.entries()) {
    yield twoJudges(run, `runs[${i}]`);
    yield twoExpectations(run, `runs[${i}]`);
    yield* checkPartners(run, inventory, `runs[${i}]`);
  }
  yield* checkBoards(spec, inventory);
  yield* checkExpectedLines(spec);
}

export function requirementOf(
  part: Pick<SpecRun, 'target' | 'fixtures' | 'tags' | 'board' | 'link'>,
): Requirement {
  const { target, fixtures: wired = [], tags = [], board, link } = part;
  const fixtures = link === 'network' ? [...new Set([...wired, LAN_FIXTURE])] : wired;
  return { target, fixtures, tags, ...(board !== undefined && { board }) };
}

/** Roles have a name each, and one agent has boards for all of them. */
function* checkPartners(run: SpecRun, inventory: Inventory, path: string): Findings {
  if (!run.partners) {
    const alone = run.role ?? run.link;
    const message =
      'a run with one board has no role and no link: name `partners`, or leave it out';
    if (alone !== undefined) yield refusal('invalid_spec', path, message);
    return;
  }
  const roles = [run.role ?? MAIN_ROLE, ...run.partners.map(({ role }) => role)];
  const twice = roles.find((role, i) => roles.indexOf(role) < i);
  if (twice !== undefined)
    yield refusal('invalid_spec', `${path}.partners`, `two boards have the role '${twice}'`);
  const needs = partsOf(run).map((part) => requirementOf({ ...part, link: run.link }));
  for (const boards of inventory.racks.values()) if (placeOnBoards(needs, boards)) return;
  const joined = run.link === 'network' ? ` that are joined (fixture '${LAN_FIXTURE}')` : '';
  const message = `no agent has boards for all of ${roles.join(', ')} at the same time${joined}`;
  yield refusal('no_board_possible', `${path}.partners`, message);
}

function* duplicateImages(spec: SubmissionSpec): Findings {
  const seen = new Set<string>();
  for (const [i, { name }] of spec.images.entries()) {
    const message = `'${name}' is listed twice: names must differ`;
    yield seen.has(name) ? refusal('invalid_spec', `images[${i}].name`, message) : undefined;
    seen.add(name);
  }
}

function tooManyRuns(spec: SubmissionSpec): Refusal | undefined {
  const total = spec.runs.reduce((sum, run) => sum + (run.repeat ?? 1), 0);
  if (total <= MAX_RUNS_PER_SUBMISSION) return undefined;
  const message = `${total} runs after \`repeat\`, at most ${MAX_RUNS_PER_SUBMISSION}: split the submission`;
  return refusal('invalid_spec', 'runs', message);
}

function twoJudges({ hostTest, compareLog }: SpecRun, path: string): Refusal | undefined {
  if (hostTest === undefined || compareLog === undefined) return undefined;
  const message = 'an image that is judged by its console has no host test: leave one out';
  return refusal('invalid_spec', `${path}.compareLog`, message);
}

function twoExpectations({ expect, expectCases }: SpecRun, path: string): Refusal | undefined {
  if (expect === undefined || expectCases === undefined) return undefined;
  const message = 'expect something of the run, or of its cases: leave one out';
  return refusal('invalid_spec', `${path}.expectCases`, message);
}

function* checkBoards(spec: SubmissionSpec, inventory: Inventory): Findings {
  const boards = new Map<string, BoardSpec[]>();
  for (const target of inventory.targets) boards.set(target, []);
  for (const board of inventory.boards) boards.get(board.target)?.push(board);
  const targets = new NameHints(inventory.targets);
  const serials = new NameHints(inventory.boards.map((board) => board.serial));
  for (const [i, run] of spec.runs.entries()) {
    const ofTarget = boards.get(run.target);
    if (!ofTarget) {
      const problem = targets.after(`no board has target ${run.target}`, run.target);
      yield refusal('unknown_target', `runs[${i}].target`, problem);
    } else if (ofTarget.some((board) => meetsRequirement(board, requirementOf(run)))) {
      yield undefined;
    } else {
      const why = whyNone(run, inventory, serials);
      yield refusal('no_board_possible', `runs[${i}]`, `no board can take it: ${why}`);
    }
  }
}

/** Reasons of the boards that come nearest: the pinned one, or those of the target. */
function whyNone(run: SpecRun, inventory: Inventory, hints: NameHints): string {
  const requirement = requirementOf(run);
  const near = inventory.boards.filter((board) =>
    run.board === undefined ? board.target === run.target : board.serial === run.board,
  );
  if (near.length === 0) return hints.after(`there is no board ${run.board}`, run.board ?? '');
  const reasons = near.slice(0, 3).map((board) => whyNot(board, requirement));
  return near.length > 3
    ? `${reasons.join('; ')}; and ${near.length - 3} more`
    : reasons.join('; ');
}
