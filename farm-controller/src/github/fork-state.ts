import type { GithubArtifactRow, GithubHeadRow } from '../store/for-stages.js';
import type { CheckAction, DesiredCheck } from './check-model.js';
import { cutToBytes } from './fit-text.js';
import { APPROVE_ACTION, APPROVE_LABEL } from './github-event.js';
import { plain } from './markdown.js';

const MAX_LINES = 20;
const MAX_BYTES = 20_000;

const APPROVE: CheckAction = {
  label: 'Approve this commit',
  description: 'Have boards for strangers test it',
  identifier: APPROVE_ACTION,
};

/** What stands in place of the results of a fork's commit, until there are some. */
export type Pending = Pick<DesiredCheck, 'status' | 'conclusion' | 'title' | 'summary' | 'actions'>;
/** What is known of the images of a fork's commit. */
export interface ForkState {
  /** Undefined while there is nothing but to wait for a workflow. */
  readonly pending?: Pending;
  /** What workflows have ended without anything for the farm. */
  readonly notes?: readonly string[];
}

/** @param rows - what workflows have built of the commit, the newest first */
export function forkState(
  { sha, approved_by: approver }: Pick<GithubHeadRow, 'sha' | 'approved_by'>,
  rows: readonly GithubArtifactRow[],
): ForkState {
  const held = rows.filter(({ state }) => state === 'held');
  const refused = newestOfEach(rows).filter(({ state }) => state === 'refused');
  if (held.length > 0)
    return { pending: approver === null ? unapproved(sha, held) : fetching(approver, held) };
  if (refused.length > 0) return { pending: failed(refused) };
  const isHere = rows.some(({ state }) => state === 'submitted');
  const empty = isHere ? [] : rows.filter(({ why }) => why !== '');
  return { notes: empty.map(({ workflow, why }) => `Workflow “${workflow}”: ${why}`) };
}

function unapproved(sha: string, held: readonly GithubArtifactRow[]): Pending {
  const summary = [
    'The images of this commit come from a fork. Somebody who may write to this repository has to look at the change, and at what it builds, before boards run it: press “Approve this commit”, or comment',
    `\`\`\`\n/greenrack approve ${sha}\n\`\`\``,
    `or put the label \`${APPROVE_LABEL}\` on. It holds for this commit only.`,
    lines(held.map(nameOf)),
  ].join('\n\n');
  return {
    ...{ status: 'completed', conclusion: 'action_required', summary, actions: [APPROVE] },
    title: 'Waiting for a maintainer’s approval',
  };
}

function fetching(approver: string, held: readonly GithubArtifactRow[]): Pending {
  const each = held.map((row) => nameOf(row) + (row.why === '' ? '' : `: ${plain(row.why, 500)}`));
  return {
    ...{ status: 'in_progress', title: 'Fetching the images', actions: [] },
    summary: `Approved by ${plain(approver)}.\n\n${lines(each)}`,
  };
}

function failed(refused: readonly GithubArtifactRow[]): Pending {
  return {
    ...{ status: 'completed', conclusion: 'failure', actions: [] },
    title: 'The images are refused',
    summary: lines(refused.map((row) => `${nameOf(row)}: ${plain(row.why, 2_000)}`)),
  };
}

function newestOfEach(rows: readonly GithubArtifactRow[]): GithubArtifactRow[] {
  const seen = new Set<string>();
  return rows.filter(({ artifact }) => !seen.has(artifact) && seen.add(artifact));
}

function nameOf({ workflow, url, artifact }: GithubArtifactRow): string {
  const page = `[${plain(workflow)}](${encodeURI(url)})`;
  return artifact === '' ? page : `${page}, artifact ${plain(artifact)}`;
}

function lines(each: readonly string[]): string {
  const text = each.slice(0, MAX_LINES).map((line) => `- ${line}`);
  return cutToBytes(text.join('\n'), MAX_BYTES);
}
