import type { CheckResults, ConfirmedChange, FailedCase } from './check-model.js';
import { CHANGE_HEADS, changeCells } from './check-output.js';
import { cutToBytes, fitSections } from './fit-text.js';
import { plain } from './markdown.js';
import { checkName } from './plan-checks.js';
import { boardWord, countWord } from './words.js';

/** A comment is read in a mail too: the checks have the rest. */
const MAX_BYTES = 8_000;
const MAX_BOARDS = 3;

/** Failures that the base does not have, and that gate. */
export function newFailures(
  results: readonly CheckResults[],
): { check: string; failure: FailedCase }[] {
  return results
    .filter(({ gate }) => gate === 'required')
    .flatMap(({ suite, target, failures, overBudget }) =>
      [...failures.filter(({ known }) => !known), ...overBudget].map((failure) => ({
        ...{ check: checkName(suite, target), failure },
      })),
    );
}

/** What is confirmed to be slower, larger or hungrier with the commit. */
const regressions = (
  results: readonly CheckResults[],
): { check: string; change: ConfirmedChange }[] =>
  results.flatMap(({ suite, target, changes }) =>
    changes
      .filter(({ effect }) => effect === 'regression')
      .map((change) => ({ check: checkName(suite, target), change })),
  );

interface CommentFacts {
  readonly sha: string;
  readonly link: string;
  /** It has been made before. */
  readonly isThere: boolean;
  /** The check of the whole commit is a success. */
  readonly isGreen: boolean;
}

/** What the comment on a pull request says; undefined when there is nothing to say that nobody has been told. */
export function commentText(
  { sha, link, isThere, isGreen }: CommentFacts,
  results: readonly CheckResults[],
): string | undefined {
  const failures = newFailures(results);
  const worse = regressions(results);
  if (failures.length === 0 && worse.length === 0)
    // Where a bench failed or a suite never came, nobody knows: what was said of the commit before still stands.
    return isThere && isGreen ? `**greenrack**: nothing fails that counts with ${sha}.` : undefined;
  const lines = failures.map(({ check, failure }) => {
    const { run, name, verdict, message, boards } = failure;
    const where = boardWord(
      boards.map((board) => plain(board)),
      MAX_BOARDS,
    );
    const cells = [plain(check), `${plain(run)} · ${plain(name)}`, verdict, plain(message), where];
    return `| ${cells.join(' | ')} |`;
  });
  const section = {
    heading: `greenrack: ${countWord(failures.length, 'new failure')} with ${sha.slice(0, 10)}`,
    intro: '| check | case | verdict | why | boards |\n|---|---|---|---|---|',
    lines,
  };
  const changed = {
    heading: `greenrack: ${countWord(worse.length, 'confirmed regression')} with ${sha.slice(0, 10)}`,
    intro: `| check | ${CHANGE_HEADS.join(' | ')} |\n|${'---|'.repeat(CHANGE_HEADS.length + 1)}`,
    lines: worse.map(
      ({ check, change }) => `| ${[plain(check), ...changeCells(change)].join(' | ')} |`,
    ),
  };
  const rest = (left: number) => `… and ${left} more: ${link || 'see the checks'}`;
  return cutToBytes(fitSections([section, changed], rest, MAX_BYTES), MAX_BYTES);
}
