import { createHash } from 'node:crypto';
import type { BoardSpec, Requirement } from '@greenrack/farm-protocol';

/** Whether `board` has all that a run needs. Its state does not matter here. */
export function meetsRequirement(board: BoardSpec, requirement: Requirement): boolean {
  return whyNot(board, requirement) === '';
}

/** The first reason why `board` cannot take the run, as words after "because"; empty when it can. */
export function whyNot(board: BoardSpec, requirement: Requirement): string {
  if (board.target !== requirement.target)
    return `${board.serial} is a ${board.target}, not a ${requirement.target}`;
  if (requirement.board !== undefined && requirement.board !== board.serial)
    return `the run is pinned to ${requirement.board}, and this is ${board.serial}`;
  const tag = requirement.tags.find((wanted) => !board.tags.includes(wanted));
  if (tag !== undefined) return `${board.serial} has no tag '${tag}'`;
  const fixture = requirement.fixtures.find((wanted) => !hasFixture(board.fixtures, wanted));
  if (fixture !== undefined) return `${board.serial} has no fixture '${fixture}'`;
  return '';
}

/**
 * A board of its own for each of `needs`, in their order, of the first of `boards` that fit; undefined when there are not
 * enough.
 */
export function placeOnBoards(
  needs: readonly Requirement[],
  boards: readonly BoardSpec[],
): BoardSpec[] | undefined {
  const [need, ...others] = needs;
  if (!need) return [];
  for (const board of boards) {
    if (!meetsRequirement(board, need)) continue;
    const rest = placeOnBoards(
      others,
      boards.filter((one) => one !== board),
    );
    if (rest) return [board, ...rest];
  }
  return undefined;
}

/** Longest class that is still written out; longer ones end in a hash. */
const MAX_CLASS_CHARS = 120;

/**
 * The class of a requirement: equal for equal needs however they are written, and different for different ones.
 * Queue lanes are named by it. Like `K64F`, or `K64F|ethernet,loopback:D2-D3|nightly|0240000012345`; with boards that
 * are to be avoided `K64F|!virt-01,virt-02`.
 */
export function requirementClass(requirement: Requirement, avoid: readonly string[] = []): string {
  const { target, fixtures, tags, board } = requirement;
  const parts = [target, canonical(withoutImplied(fixtures)), canonical(tags), board ?? ''];
  const needs = parts.join('|').replace(/\|+$/, '');
  const text = avoid.length > 0 ? `${needs}|!${canonical(avoid)}` : needs;
  if (text.length <= MAX_CLASS_CHARS) return text;
  return `${target}#${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
}

/** `loopback` asks for any loopback; `loopback:D2-D3` for that one. */
function hasFixture(fixtures: readonly string[], wanted: string): boolean {
  return fixtures.some((fixture) => fixture === wanted || fixture.startsWith(`${wanted}:`));
}

/** Drops `loopback` where `loopback:D2-D3` is asked for as well. */
function withoutImplied(fixtures: readonly string[]): string[] {
  return fixtures.filter((wanted) => !fixtures.some((other) => other.startsWith(`${wanted}:`)));
}

function canonical(words: readonly string[]): string {
  return [...new Set(words)].sort().join(',');
}
