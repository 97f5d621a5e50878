import { describe, expect, it } from '@jest/globals';
import { readEvent } from '../../src/github/github-event.js';

const SHA = 'a'.repeat(40);
const common = {
  repository: {
    ...{ id: 5, name: 'firmware', owner: { login: 'acme', id: 6 } },
    ...{ html_url: 'https://github.test/acme/firmware', default_branch: 'main' },
  },
  installation: { id: 1 },
  sender: { login: 'ada' },
};
const read = (name: string, payload: object) => readEvent(name, { ...common, ...payload }, 0);

describe('what GitHub tells of forks', () => {
  const pull = {
    ...{ number: 7, updated_at: '2026-11-30T12:00:00Z', base: { sha: SHA, ref: 'main' } },
    head: { sha: SHA, ref: 'change', repo: { id: 9 } },
  };
  const labeled = (label: string) =>
    read('pull_request', { action: 'labeled', label: { name: label }, pull_request: pull });
  const said = (body: string, more: object = {}) =>
    read('issue_comment', {
      ...{ action: 'created', comment: { body }, issue: { number: 7, pull_request: {} } },
      ...more,
    });
  const ended = (more: object = {}) =>
    read('workflow_run', {
      action: 'completed',
      workflow_run: {
        ...{ id: 3, run_attempt: 2, event: 'pull_request', head_sha: SHA, name: 'CI' },
        ...{ html_url: 'https://github.test/x', head_repository: { id: 9 }, ...more },
      },
    });

  it('is an approval of the newest commit when the label is put on', () => {
    expect(labeled('greenrack-approve')).toMatchObject({ kind: 'approve', sha: SHA });
    expect(labeled('bug')).toBeUndefined();
  });

  it('is an approval of the commit that a comment names whole, on a line of its own', () => {
    expect(said(`Fine.\n/greenrack approve ${SHA}\n`)).toMatchObject({ kind: 'approve', sha: SHA });
    expect(said('/greenrack approve aaaaaaa')).toBeUndefined();
    expect(said(`do not /greenrack approve ${SHA}`)).toBeUndefined();
    expect(said(`/greenrack approve ${SHA}`, { action: 'edited' })).toBeUndefined();
    expect(said(`/greenrack approve ${SHA}`, { issue: { number: 7 } })).toBeUndefined();
  });

  it('is a workflow that has built a pull request of another repository', () => {
    expect(ended()).toMatchObject({ kind: 'built', sha: SHA, runId: 3, attempt: 2 });
    expect(ended({ head_repository: null })).toMatchObject({ kind: 'built' });
    expect(ended({ head_repository: { id: 5 } })).toBeUndefined();
    expect(ended({ event: 'pull_request_target' })).toBeUndefined();
  });
});
