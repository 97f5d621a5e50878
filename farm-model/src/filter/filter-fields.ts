import type { BoardView, NoticeFacts, RunView, SubmissionView } from '@greenrack/farm-protocol';
import type { FilterFields } from './match-filter.js';

const maybe = (...texts: readonly (string | null | undefined)[]): string[] =>
  texts.filter((text): text is string => typeof text === 'string' && text !== '');

/** What boards can be filtered by. */
export const BOARD_FIELDS: FilterFields<BoardView> = {
  board: ({ serial, name }) => maybe(serial, name),
  target: ({ target }) => [target],
  model: ({ model }) => [model],
  rack: ({ agent }) => [agent],
  state: ({ availability }) => [availability],
  health: ({ health }) => [health],
  fixture: ({ fixtures }) => fixtures,
  tag: ({ tags }) => tags,
  driver: ({ driver }) => [driver],
  run: ({ current }) => maybe(current?.runName),
  cause: ({ cause, healthCause }) => maybe(cause, healthCause),
};

/** What runs can be filtered by. `verdict` is the state while there is none. */
export const RUN_FIELDS: FilterFields<RunView> = {
  run: ({ name }) => [name],
  image: ({ imageName }) => [imageName],
  target: ({ requirement }) => [requirement.target],
  board: ({ boardSerial, boardName }) => maybe(boardSerial, boardName),
  verdict: ({ verdict, state }) => [verdict ?? state],
  message: ({ message }) => maybe(message),
  reason: ({ reason }) => maybe(reason),
  toolchain: ({ build }) => maybe(build?.toolchain),
  profile: ({ build }) => maybe(build?.profile),
};

/** What submissions can be filtered by. */
export const SUBMISSION_FIELDS: FilterFields<SubmissionView> = {
  name: ({ name }) => [name],
  submitter: ({ submitter }) => [submitter],
  tenant: ({ tenant }) => [tenant],
  id: ({ id }) => [id],
  state: ({ state }) => [state],
  verdict: ({ verdicts }) =>
    Object.entries(verdicts).flatMap(([verdict, count]) => (count > 0 ? [verdict] : [])),
  repository: ({ origin }) => maybe(origin?.repository),
  ref: ({ origin }) => maybe(origin?.ref),
  sha: ({ origin }) => maybe(origin?.sha),
  pr: ({ origin }) => maybe(origin?.pullRequest?.toString()),
};

/** What notices can be filtered by. */
export const NOTICE_FIELDS: FilterFields<NoticeFacts> = {
  kind: ({ kind }) => [kind],
  name: ({ name }) => maybe(name),
  schedule: ({ schedule }) => maybe(schedule),
  repository: ({ repository }) => maybe(repository),
  ref: ({ ref }) => maybe(ref),
  sha: ({ sha }) => maybe(sha),
  conclusion: ({ conclusion }) => maybe(conclusion),
  target: ({ targets = [] }) => targets,
  image: ({ images = [] }) => images,
  board: ({ boards = [] }) => boards,
};
