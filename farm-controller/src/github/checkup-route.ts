import { type GithubCheckup, githubCheckupSchema } from '@greenrack/farm-protocol';
import { API_BASE, jsonRoute, type Route } from '../web/route.js';

const NO_APP: GithubCheckup = {
  findings: [
    {
      ...{ subject: 'App', state: 'wrong', found: 'the farm is told of none' },
      fix: 'register one, and set GREENRACK_GITHUB_APP_ID and its files: docs/github.md',
    },
  ],
};

/** Without an App it says that there is none. */
export function checkupRoute(look: () => Promise<GithubCheckup> = async () => NO_APP): Route {
  return jsonRoute({
    method: 'get',
    path: `${API_BASE}/github/checkup`,
    role: 'admin',
    summary: 'What the farm needs of GitHub, whether it is so, and what to do where it is not',
    response: githubCheckupSchema,
    handler: look,
  });
}
