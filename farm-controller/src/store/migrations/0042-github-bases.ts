import type { Migration } from '../migration.js';

/** A commit may go into several branches at once, each with a policy of its own. */
export const githubBases: Migration = {
  version: 42,
  name: 'github-bases',
  statements: [
    'alter table github_wants add column base_sha text',
    `update github_wants set base_sha = (select base_sha from github_heads where id = head_id)
       where reason like 'pull/%' or reason like 'refs/heads/gh-readonly-queue/%'`,
  ],
};
